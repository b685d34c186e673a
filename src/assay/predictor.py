"""Predictor: what answers about a picture; evaluation, export and serving all call this one object."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

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

Picture = Path | bytes | Pixels
"""A file, its bytes, or uint8 RGB [H, W, 3]."""
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

    def answer(self, picture: Picture) -> Answer:
        """Calibrated answer about one picture; see `answers`."""
        return self.answers([picture])[0]

    def answers(self, pictures: Sequence[Picture]) -> list[Answer]:
        """Calibrated answers about pictures: files, bytes of files, or decoded uint8 RGB [H, W, 3], all at once.

        Raises:
            DataError: a picture cannot be decoded.
        """
        images = [decoded(picture, f"picture {place + 1}") for place, picture in enumerate(pictures)]
        return self.read(self.look(images))

    def look(self, images: Sequence[Pixels]) -> Predictions:
        """What the network says about decoded pictures uint8 RGB [H, W, 3] whose classes nobody knows."""
        return self.said(images, self.runtime(self.pixels(images)))

    def said(self, images: Sequence[Pixels], vectors: FloatArray) -> Predictions:
        """What the head makes of embeddings [N, D] of decoded pictures; see `look`."""
        return said_about(images, self._head(vectors), vectors, self.class_names, ordered=self.ordered)

    def read(self, said: Predictions) -> list[Answer]:
        """The answers that a client gets, from what the network said."""
        return answers_from(
            said, self.probabilities(said), class_names=self.class_names, reject=self.reject, ood=self.ood
        )

    def pixels(self, images: Sequence[Pixels]) -> NDArray[np.uint8]:
        """uint8 [N, 3, S, S], as the network gets them."""
        return np.stack([self.preprocessing(image).transpose(2, 0, 1) for image in images])

    def save(self, folder: Path) -> None:
        """Write weights (safetensors) and everything else (JSON); no pickle."""
        from safetensors.torch import save_file

        with atomic_write(folder / WEIGHTS) as temporary:
            save_file({name: value.contiguous() for name, value in self.network.state_dict().items()}, temporary)
        about = {
            "backbone": self.network.backbone.name,
            "backbone_options": self.network.backbone.options,
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
            network = _empty_network(about, preprocessing.size)
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

    def _head(self, vectors: FloatArray) -> FloatArray:
        with torch.inference_mode():
            return self.network.head(torch.from_numpy(np.ascontiguousarray(vectors))).float().numpy()


def _empty_network(about: dict[str, Any], size: int) -> Network:
    """A network of the described architecture whose weights are still to come."""
    body = build_backbone(about["backbone"], "none", image_size=size, **about.get("backbone_options", {}))
    return Network(body, head_from_state(about["head"], body.embedding_dim, len(about["class_names"])))


def said_about(
    images: Sequence[Pixels], logits: FloatArray, embeddings: FloatArray, class_names: tuple[str, ...], *, ordered: bool
) -> Predictions:
    """Predictions about decoded pictures whose classes nobody knows.

    Args:
        images: N pictures, uint8 RGB [H, W, 3].
        logits: [N, C], before calibration.
        embeddings: [N, D].
        class_names: C names.
        ordered: whether the classes are grades.
    """
    names = np.array([f"picture {place + 1}" for place in range(len(images))])
    return Predictions(
        ids=names,
        groups=names,
        split="ood",
        labels=np.full(len(images), -1),
        class_names=class_names,
        logits=logits,
        ordered=ordered,
        embeddings=embeddings,
        statistics=np.stack([statistics_of(image) for image in images]),
        statistics_names=STATISTICS,
    )


def answers_from(
    said: Predictions,
    probabilities: FloatArray,
    *,
    class_names: tuple[str, ...],
    reject: RejectRule,
    ood: TwoStage | None,
) -> list[Answer]:
    """The answers that a client gets.

    Args:
        said: about N pictures, before calibration.
        probabilities: [N, C], calibrated.
        class_names: C names.
        reject: which answers are withheld.
        ood: which pictures are of another kind; None takes all for in-domain.
    """
    rejected = reject.rejects(probabilities, softmax(said.logits))
    domains: Sequence[str] = [DOMAINS[0]] * len(said)
    reasons: Sequence[str] = [""] * len(said)
    if ood is not None:
        judged = ood.judge(said)
        domains, reasons = [DOMAINS[domain] for domain in judged.domain], list(judged.reasons)
    return [
        Answer(
            label=class_names[int(row.argmax())],
            confidence=float(row.max()),
            probabilities=row,
            rejected=bool(rejected[place]),
            domain=domains[place],
            reason=reasons[place],
        )
        for place, row in enumerate(probabilities)
    ]


def decoded(picture: Picture, name: str) -> Pixels:
    """uint8 RGB [H, W, 3] of a file, of its bytes, or of what is decoded already.

    Raises:
        DataError: it cannot be decoded, or is an array of another kind.
    """
    if isinstance(picture, bytes):
        return decode_image(picture, name)
    if isinstance(picture, Path):
        return read_image(picture)
    if picture.dtype != np.uint8 or picture.ndim != 3 or picture.shape[2] != 3:
        raise DataError(f"{name}: uint8 RGB [H, W, 3] is needed, got {picture.dtype} {list(picture.shape)}")
    return picture
