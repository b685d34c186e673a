"""OnnxPredictor: an exported graph with the rules that were fitted on what it says; answers as `Predictor` does."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import ClassVar

from assay.data.image import Pixels
from assay.data.preprocessing import Preprocessing
from assay.deploy.graph.session import GraphSession, OnnxSession, run
from assay.errors import DataError
from assay.postprocess.calibration import Calibrator
from assay.postprocess.conformal import Conformal
from assay.postprocess.ood.two_stage import TwoStage
from assay.postprocess.projection import Projection
from assay.postprocess.reject import RejectRule
from assay.predictions import Predictions
from assay.predictor import Answerer, unlabelled_predictions
from assay.predictor.rules import load_rules, save_rules


@dataclass(frozen=True)
class OnnxPredictor(Answerer):
    """What `Predictor` is, without PyTorch's network.

    Attributes:
        session: from pictures, as `prepared` gives them, to logits and embeddings.
        class_names: C names, in the order of the logits.
        ordered: whether the classes are grades.
        calibrator: from logits to calibrated logits.
        reject: which answers are withheld.
        ood: which pictures are of another kind; None checks none.
        preprocessing: of the float model; None where an earlier version did not write it, and the graph does it all.
        conformal: which classes an answer names besides the most probable one; None names none.
        projection: from an embedding to the few numbers of it that the log keeps; None keeps none.
        smallest_side: pixels that the shorter side of a picture has to have for a sure answer; None asks for none.
    """

    gains_by_batches: ClassVar[bool] = False  # on a CPU two threads that ask for one at a time answer as many
    session: GraphSession
    class_names: tuple[str, ...]
    ordered: bool
    calibrator: Calibrator
    reject: RejectRule
    ood: TwoStage | None = field(default=None)
    preprocessing: Preprocessing | None = field(default=None)
    conformal: Conformal | None = field(default=None)
    projection: Projection | None = field(default=None)
    smallest_side: int | None = field(default=None)

    def raw_predictions(self, images: Sequence[Pixels]) -> Predictions:
        """What the graph says about decoded pictures uint8 RGB [H, W, 3] whose classes nobody knows."""
        output = run(self.session, self.prepared(images))
        return unlabelled_predictions(images, output.logits, output.embeddings, self.class_names, ordered=self.ordered)

    def raw_predictions_of_views(self, views: Sequence[Pixels]) -> Predictions:
        """The same about squares uint8 RGB [S, S, 3] that the network is to see as they are, past the preprocessing."""
        output = run(self.session, views)
        return unlabelled_predictions(views, output.logits, output.embeddings, self.class_names, ordered=self.ordered)

    def save(self, folder: Path) -> None:
        """Write everything beside the graph: the rules, in the form of `Predictor.save`."""
        save_rules(self, folder)

    @classmethod
    def load(cls, graph: Path, rules: Path, *, threads: int | None = None) -> OnnxPredictor:
        """Read a graph and the rules beside it; no network of PyTorch is built.

        Args:
            graph: the ONNX file.
            rules: folder of `predictor.json` and, where there is an OOD rule, `ood.safetensors`.
            threads: that compute; None takes one per physical core.

        Raises:
            DataError: the rules are missing or damaged.
            BundleError: ONNX Runtime cannot load the graph.
        """
        try:
            read = load_rules(rules)
            read.refuse_unusable()
        except (OSError, ValueError, LookupError, TypeError, AttributeError, RuntimeError) as error:
            raise DataError(f"{rules}: cannot be read as a predictor: {error}") from error
        return cls(
            session=OnnxSession(graph, threads=threads),
            class_names=read.class_names,
            ordered=read.ordered,
            calibrator=read.calibrator,
            reject=read.reject,
            ood=read.ood,
            preprocessing=read.preprocessing,
        )
