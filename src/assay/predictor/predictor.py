"""Predictor: preprocessing, network and all that learns from its outputs, in one object that can be saved."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from assay.data.image import Pixels
from assay.data.manifest import Manifest
from assay.data.preprocessing import Preprocessing
from assay.data.quality import STATISTICS
from assay.embeddings.extract import Embedder
from assay.embeddings.runtime import EmbeddingRuntime, embedding_runtime
from assay.embeddings.views import ViewPolicy
from assay.errors import DataError
from assay.models.network import Network
from assay.models.saved_backbone import backbone_from_state, backbone_state
from assay.models.saved_head import head_from_state
from assay.postprocess.calibration import Calibrator, NoCalibration
from assay.postprocess.conformal import Conformal
from assay.postprocess.ood.two_stage import TwoStage
from assay.postprocess.projection import Projection
from assay.postprocess.reject import NoReject, RejectRule
from assay.postprocess.softmax import softmax
from assay.predictions import FloatArray, Predictions
from assay.predictor.answerer import Answerer
from assay.predictor.rules import Rules, load_rules, save_rules
from assay.predictor.saved_weights import load_weights, save_weights
from assay.predictor.unlabelled import unlabelled_predictions


@dataclass(frozen=True)
class Predictor(Answerer):
    """Preprocessing, network and all that learns from its outputs, in one.

    Attributes:
        network: backbone and head, in eval mode.
        preprocessing: from a decoded picture to the network's input.
        class_names: C names, in the order of the logits.
        cache_dir: where exported backbones are kept.
        graphs_dir: where their graphs without weights are kept; None for the same place.
        ordered: whether the classes are grades, in their order.
        calibrator: from logits to calibrated logits.
        reject: which answers are withheld.
        ood: which pictures are of another kind; None checks none.
        conformal: which classes an answer names besides the most probable one; None names none.
        projection: from an embedding to the few numbers of it that the log keeps; None keeps none.
        smallest_side: pixels that the shorter side of a picture has to have for a sure answer; None asks for none.
    """

    network: Network
    preprocessing: Preprocessing
    class_names: tuple[str, ...]
    cache_dir: Path
    ordered: bool = False
    calibrator: Calibrator = field(default_factory=NoCalibration)
    reject: RejectRule = field(default_factory=NoReject)
    ood: TwoStage | None = None
    graphs_dir: Path | None = None
    conformal: Conformal | None = None
    projection: Projection | None = None
    smallest_side: int | None = None

    def fitted(self, held_out: Predictions, *, calibrator: Calibrator, reject: RejectRule) -> Predictor:
        """The same predictor with a calibrator and a reject rule that learn from held-out predictions.

        Args:
            held_out: of the split `calib`.
            calibrator: not fitted yet.
            reject: not fitted yet; learns from calibrated probabilities.
        """
        calibrator = calibrator.fit(held_out)
        probabilities = softmax(calibrator.applied(held_out).logits)
        return replace(self, calibrator=calibrator, reject=reject.fit(held_out, probabilities))

    @cached_property
    def runtime(self) -> EmbeddingRuntime:
        """What computes embeddings: ONNX Runtime where the backbone exports, eager torch elsewhere."""
        return embedding_runtime(
            self.network, self.preprocessing.size, cache_dir=self.cache_dir, graphs_dir=self.graphs_dir
        )

    def predict(
        self, manifest: Manifest, embedder: Embedder, *, policy: ViewPolicy | None = None, seed: int = 0, what: str = ""
    ) -> Predictions:
        """Logits, before calibration, of the images of one split, in manifest order.

        Args:
            manifest: images of a single split.
            embedder: gives embeddings by this predictor's network, from the store where it has them.
            policy: what is done to each picture before it is looked at; None takes it as it is.
            seed: of the policy.
            what: what progress calls the work.
        """
        vectors = embedder(manifest, policy=policy, seed=seed, what=what)
        return Predictions(
            ids=manifest.ids,
            groups=manifest.groups,
            split=manifest.splits[0],
            labels=manifest.labels,
            class_names=self.class_names,
            logits=self._head(vectors),
            ordered=self.ordered,
            embeddings=vectors,
            statistics=manifest.statistics,
            statistics_names=STATISTICS,
        )

    def raw_predictions(self, images: Sequence[Pixels]) -> Predictions:
        """What the network says about decoded pictures uint8 RGB [H, W, 3] whose classes nobody knows."""
        return self.head_predictions(images, self.runtime(self.pixels(images)))

    def head_predictions(self, images: Sequence[Pixels], vectors: FloatArray) -> Predictions:
        """What the head makes of embeddings [N, D] of decoded pictures; see `raw_predictions`."""
        return unlabelled_predictions(images, self._head(vectors), vectors, self.class_names, ordered=self.ordered)

    def pixels(self, images: Sequence[Pixels]) -> NDArray[np.uint8]:
        """uint8 [N, 3, S, S], as the network gets them."""
        return np.stack([self.preprocessing(image).transpose(2, 0, 1) for image in images])

    def save(self, folder: Path, *, shared: Path | None = None) -> None:
        """Write weights (safetensors) and everything else (JSON); no pickle.

        Args:
            folder: takes them.
            shared: folder of backbones that several predictors have together; see `save_weights`.
        """
        save_weights(self.network.state_dict(), folder, shared=shared)
        save_rules(self, folder, **backbone_state(self.network.backbone), head=self.network.head.state())

    @classmethod
    def load(cls, folder: Path, *, cache_dir: Path) -> Predictor:
        """Read what `save` wrote; needs no network, no training config and no pickle.

        Args:
            folder: holds weights and description.
            cache_dir: where exported backbones are kept.

        Raises:
            DataError: the folder holds no predictor, or a damaged one.
        """
        from safetensors import SafetensorError

        try:
            rules = load_rules(folder)
            if rules.preprocessing is None:
                raise KeyError("preprocessing")
            network = _empty_network(rules, rules.preprocessing.size)
            network.load_state_dict(load_weights(folder))
            _refuse_unusable(network, rules)
        except (OSError, ValueError, LookupError, TypeError, AttributeError, RuntimeError, SafetensorError) as error:
            raise DataError(f"{folder}: cannot be read as a predictor: {error}") from error
        return cls(
            network=network.eval(),
            preprocessing=rules.preprocessing,
            class_names=rules.class_names,
            cache_dir=cache_dir,
            ordered=rules.ordered,
            calibrator=rules.calibrator,
            reject=rules.reject,
            ood=rules.ood,
        )

    def _head(self, vectors: FloatArray) -> FloatArray:
        with torch.inference_mode():
            return self.network.head(torch.from_numpy(np.ascontiguousarray(vectors))).float().numpy()


def _refuse_unusable(network: Network, rules: Rules) -> None:
    """Weights and calibration that cannot answer with a probability of each class.

    Raises:
        ValueError: a weight is no finite number, or the calibration gives something else for a picture.
    """
    for name, value in network.state_dict().items():
        if not bool(torch.isfinite(value).all()):
            raise ValueError(f"{name} holds what is no finite number")
    rules.refuse_unusable()


def _empty_network(rules: Rules, size: int) -> Network:
    """A network of the described architecture whose weights are still to come."""
    body = backbone_from_state(rules.about, size)
    return Network(body, head_from_state(rules.about["head"], body.embedding_dim, len(rules.class_names)))
