"""Predictor: what answers about a picture; evaluation, export and serving all call this one object."""

from __future__ import annotations

import json
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import torch

from assay.data.image import Pixels, decode_image, read_image
from assay.data.manifest import Manifest
from assay.data.preprocessing import Preprocessing
from assay.data.quality import STATISTICS, statistics_of
from assay.embeddings.extract import Embedder
from assay.embeddings.runtime import EmbeddingRuntime, embedding_runtime
from assay.embeddings.views import Policy
from assay.errors import DataError
from assay.files import atomic_write
from assay.models.backbone import build_backbone
from assay.models.head import head_from_state
from assay.models.network import Network
from assay.postprocess.calibration import Calibrator, NoCalibration, calibrator_from_state
from assay.postprocess.ood.files import load_rule, save_rule
from assay.postprocess.ood.two_stage import DOMAINS, TwoStage
from assay.postprocess.reject import NoReject, RejectRule, reject_rule_from_state
from assay.postprocess.softmax import softmax
from assay.predictions import FloatArray, Predictions

WEIGHTS, ABOUT, OOD = "model.safetensors", "predictor.json", "ood.safetensors"


@dataclass(frozen=True)
class Answer:
    """What a predictor says about one picture.

    Attributes:
        label: name of the most probable class.
        confidence: its calibrated probability.
        probabilities: [C], calibrated, in the order of the class names.
        rejected: whether the answer should go to a person, because its confidence is too low.
        domain: "in-domain", "unsure" or "out": whether the picture is of the kind that the model was made for; always
            "in-domain" where nothing checks that.
        reason: why it is not in-domain, in words; else "".
    """

    label: str
    confidence: float
    probabilities: FloatArray
    rejected: bool = False
    domain: str = "in-domain"
    reason: str = ""


@dataclass(frozen=True)
class Predictor:
    """Preprocessing, network and all that learns from its outputs, in one.

    Attributes:
        network: backbone and head, in eval mode.
        preprocessing: from a decoded picture to the network's input.
        class_names: C names, in the order of the logits.
        cache_dir: where exported backbones are kept.
        ordered: whether the classes are grades, in their order.
        calibrator: from logits to calibrated logits.
        reject: which answers are withheld.
        ood: which pictures are of another kind; None checks none.
    """

    network: Network
    preprocessing: Preprocessing
    class_names: tuple[str, ...]
    cache_dir: Path
    ordered: bool = False
    calibrator: Calibrator = field(default_factory=NoCalibration)
    reject: RejectRule = field(default_factory=NoReject)
    ood: TwoStage | None = None

    def fitted(self, held_out: Predictions, *, calibrator: Calibrator, reject: RejectRule) -> Predictor:
        """The same predictor with a calibrator and a reject rule that learn from held-out predictions.

        Args:
            held_out: of the split `calib`.
            calibrator: not fitted yet.
            reject: not fitted yet; learns from calibrated probabilities.
        """
        calibrator = calibrator.fit(held_out)
        probabilities = softmax(calibrator.transform(held_out.logits))
        return replace(self, calibrator=calibrator, reject=reject.fit(held_out, probabilities))

    def probabilities(self, predictions: Predictions) -> FloatArray:
        """Calibrated probabilities [N, C] of what `predict` gave."""
        return softmax(self.calibrator.transform(predictions.logits))

    @cached_property
    def runtime(self) -> EmbeddingRuntime:
        """What computes embeddings: ONNX Runtime where the backbone exports, eager torch elsewhere."""
        return embedding_runtime(self.network, self.preprocessing.size, cache_dir=self.cache_dir)

    def predict(
        self, manifest: Manifest, embedder: Embedder, *, policy: Policy | None = None, seed: int = 0, what: str = ""
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

    def answer(self, picture: Path | bytes) -> Answer:
        """Calibrated answer about one picture, a file or its bytes.

        Raises:
            DataError: the picture cannot be decoded.
        """
        image = decode_image(picture, "the picture") if isinstance(picture, bytes) else read_image(picture)
        pixels = np.ascontiguousarray(self.preprocessing(image).transpose(2, 0, 1)[None])
        vectors = self.runtime(pixels)
        logits = self._head(vectors)
        probabilities = softmax(self.calibrator.transform(logits))
        best = int(probabilities[0].argmax())
        domain, reason = self._domain(image, vectors, logits)
        return Answer(
            label=self.class_names[best],
            confidence=float(probabilities[0, best]),
            probabilities=probabilities[0],
            rejected=bool(self.reject.rejects(probabilities, softmax(logits))[0]),
            domain=domain,
            reason=reason,
        )

    def save(self, folder: Path) -> None:
        """Write weights (safetensors) and everything else (JSON); no pickle."""
        from safetensors.torch import save_file

        with atomic_write(folder / WEIGHTS) as temporary:
            save_file({name: value.contiguous() for name, value in self.network.state_dict().items()}, temporary)
        about = {
            "backbone": self.network.backbone.name,
            "head": self.network.head.state(),
            "class_names": list(self.class_names),
            "ordered": self.ordered,
            "preprocessing": {"size": self.preprocessing.size, "resize": self.preprocessing.resize},
            "calibrator": self.calibrator.state(),
            "reject": self.reject.state(),
            "ood": None if self.ood is None else OOD,
        }
        if self.ood is not None:
            save_rule(self.ood, folder / OOD)
        with atomic_write(folder / ABOUT) as temporary:
            temporary.write_text(json.dumps(about, indent=2, ensure_ascii=False), encoding="utf-8")

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
        from safetensors.torch import load_file

        try:
            about = json.loads((folder / ABOUT).read_text(encoding="utf-8"))
            preprocessing = Preprocessing(**about["preprocessing"])
            network = _empty_network(about["backbone"], about["head"], preprocessing.size, len(about["class_names"]))
            network.load_state_dict(load_file(folder / WEIGHTS))
            calibrator = calibrator_from_state(about["calibrator"])
            reject = reject_rule_from_state(about["reject"])
            ood = load_rule(folder / OOD) if about["ood"] else None
        except (OSError, ValueError, KeyError, TypeError, RuntimeError, SafetensorError) as error:
            raise DataError(f"{folder}: cannot be read as a predictor: {error}") from error
        return cls(
            network=network.eval(),
            preprocessing=preprocessing,
            class_names=tuple(about["class_names"]),
            cache_dir=cache_dir,
            ordered=about["ordered"],
            calibrator=calibrator,
            reject=reject,
            ood=ood,
        )

    def _domain(self, image: Pixels, vectors: FloatArray, logits: FloatArray) -> tuple[str, str]:
        """Whether one picture is of the kind that the model was made for, and why not."""
        if self.ood is None:
            return DOMAINS[0], ""
        one = Predictions(
            ids=np.array(["picture"]),
            groups=np.array(["picture"]),
            split="ood",
            labels=np.array([-1]),
            class_names=self.class_names,
            logits=logits,
            embeddings=vectors,
            statistics=statistics_of(image)[None],
            statistics_names=STATISTICS,
        )
        judged = self.ood.judge(one)
        return DOMAINS[judged.domain[0]], judged.reasons[0]

    def _head(self, vectors: FloatArray) -> FloatArray:
        with torch.inference_mode():
            return self.network.head(torch.from_numpy(np.ascontiguousarray(vectors))).float().numpy()


def _empty_network(backbone: str, head: dict[str, Any], size: int, classes: int) -> Network:
    """A network of that architecture whose weights are still to come."""
    body = build_backbone(backbone, "none", image_size=size)
    return Network(body, head_from_state(head, body.embedding_dim, classes))
