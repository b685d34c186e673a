"""OnnxPredictor: an exported graph with the rules that were fitted on what it says; answers as `Predictor` does."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from assay.data.image import Pixels
from assay.deploy.session import OnnxSession, run
from assay.errors import DataError
from assay.files import atomic_write
from assay.postprocess.calibration import Calibrator, calibrator_from_state
from assay.postprocess.ood.files import load_rule, save_rule
from assay.postprocess.ood.two_stage import TwoStage
from assay.postprocess.reject import RejectRule, reject_rule_from_state
from assay.postprocess.softmax import softmax
from assay.predictions import FloatArray, Predictions
from assay.predictor import ABOUT, OOD, Answer, Picture, answers_from, decoded, said_about


@dataclass(frozen=True)
class OnnxPredictor:
    """What `Predictor` is, without PyTorch's network.

    Attributes:
        session: from decoded pictures to logits and embeddings.
        class_names: C names, in the order of the logits.
        ordered: whether the classes are grades.
        calibrator: from logits to calibrated logits.
        reject: which answers are withheld.
        ood: which pictures are of another kind; None checks none.
    """

    session: OnnxSession
    class_names: tuple[str, ...]
    ordered: bool
    calibrator: Calibrator
    reject: RejectRule
    ood: TwoStage | None = field(default=None)

    def answer(self, picture: Picture) -> Answer:
        """Calibrated answer about one picture; see `Predictor.answers`."""
        return self.answers([picture])[0]

    def answers(self, pictures: Sequence[Picture]) -> list[Answer]:
        """Calibrated answers about pictures: files, bytes of files, or decoded uint8 RGB [H, W, 3], all at once.

        Raises:
            DataError: a picture cannot be decoded.
        """
        images = [decoded(picture, f"picture {place + 1}") for place, picture in enumerate(pictures)]
        return self.read(self.look(images))

    def look(self, images: Sequence[Pixels]) -> Predictions:
        """What the graph says about decoded pictures uint8 RGB [H, W, 3] whose classes nobody knows."""
        said = run(self.session, images)
        return said_about(images, said.logits, said.embeddings, self.class_names, ordered=self.ordered)

    def probabilities(self, predictions: Predictions) -> FloatArray:
        """Calibrated probabilities [N, C] of what `look` gave."""
        return softmax(self.calibrator.transform(predictions.logits))

    def read(self, said: Predictions) -> list[Answer]:
        """The answers that a client gets, from what the graph said."""
        return answers_from(
            said, self.probabilities(said), class_names=self.class_names, reject=self.reject, ood=self.ood
        )

    def save(self, folder: Path) -> None:
        """Write everything beside the graph: the rules, in the form of `Predictor.save`."""
        about = {
            "class_names": list(self.class_names),
            "ordered": self.ordered,
            "calibrator": self.calibrator.state(),
            "reject": self.reject.state(),
            "ood": None if self.ood is None else OOD,
        }
        if self.ood is not None:
            save_rule(self.ood, folder / OOD)
        with atomic_write(folder / ABOUT) as temporary:
            temporary.write_text(json.dumps(about, indent=2, ensure_ascii=False), encoding="utf-8")

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
            about = json.loads((rules / ABOUT).read_text(encoding="utf-8"))
            read = cls(
                session=OnnxSession(graph, threads=threads),
                class_names=tuple(about["class_names"]),
                ordered=bool(about["ordered"]),
                calibrator=calibrator_from_state(about["calibrator"]),
                reject=reject_rule_from_state(about["reject"]),
                ood=load_rule(rules / OOD) if about["ood"] else None,
            )
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise DataError(f"{rules}: cannot be read as a predictor: {error}") from error
        return read
