"""Predictor: what answers about a picture; evaluation, export and serving all call this one object."""

from __future__ import annotations

import json
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path

import numpy as np
import torch

from assay.data.image import decode_image, read_image
from assay.data.manifest import Manifest
from assay.data.preprocessing import Preprocessing
from assay.embeddings.extract import Embedder
from assay.embeddings.runtime import EmbeddingRuntime, embedding_runtime
from assay.files import atomic_write
from assay.models.network import Network
from assay.postprocess.calibration import Calibrator, NoCalibration
from assay.postprocess.softmax import softmax
from assay.predictions import FloatArray, Predictions

WEIGHTS, ABOUT = "model.safetensors", "predictor.json"


@dataclass(frozen=True)
class Answer:
    """What a predictor says about one picture.

    Attributes:
        label: name of the most probable class.
        confidence: its calibrated probability.
        probabilities: [C], calibrated, in the order of the class names.
    """

    label: str
    confidence: float
    probabilities: FloatArray


@dataclass(frozen=True)
class Predictor:
    """Preprocessing, network and calibrator in one.

    Attributes:
        network: backbone and head, in eval mode.
        preprocessing: from a decoded picture to the network's input.
        class_names: C names, in the order of the logits.
        ordered: whether the classes are grades, in their order.
        calibrator: from logits to calibrated logits.
        cache_dir: where exported backbones are kept.
    """

    network: Network
    preprocessing: Preprocessing
    class_names: tuple[str, ...]
    cache_dir: Path
    ordered: bool = False
    calibrator: Calibrator = field(default_factory=NoCalibration)

    def calibrated(self, calibrator: Calibrator) -> Predictor:
        """The same predictor with another calibrator."""
        return replace(self, calibrator=calibrator)

    @cached_property
    def runtime(self) -> EmbeddingRuntime:
        """What computes embeddings: ONNX Runtime where the backbone exports, eager torch elsewhere."""
        return embedding_runtime(self.network, self.preprocessing.size, cache_dir=self.cache_dir)

    def predict(self, manifest: Manifest, embedder: Embedder) -> Predictions:
        """Logits, before calibration, of the images of one split, in manifest order.

        Args:
            manifest: images of a single split.
            embedder: gives embeddings by this predictor's network, from the store where it has them.
        """
        vectors = embedder(manifest)
        return Predictions(
            ids=manifest.ids,
            groups=manifest.groups,
            split=manifest.splits[0],
            labels=manifest.labels,
            class_names=self.class_names,
            logits=self._head(vectors),
            ordered=self.ordered,
            embeddings=vectors,
        )

    def answer(self, picture: Path | bytes) -> Answer:
        """Calibrated answer about one picture, a file or its bytes.

        Raises:
            DataError: the picture cannot be decoded.
        """
        image = decode_image(picture, "the picture") if isinstance(picture, bytes) else read_image(picture)
        pixels = np.ascontiguousarray(self.preprocessing(image).transpose(2, 0, 1)[None])
        probabilities = softmax(self.calibrator.transform(self._head(self.runtime(pixels))))[0]
        best = int(probabilities.argmax())
        return Answer(self.class_names[best], float(probabilities[best]), probabilities)

    def save(self, folder: Path) -> None:
        """Write weights (safetensors) and everything else (JSON); no pickle."""
        from safetensors.torch import save_file

        with atomic_write(folder / WEIGHTS) as temporary:
            save_file({name: value.contiguous() for name, value in self.network.state_dict().items()}, temporary)
        about = {
            "backbone": self.network.backbone.name,
            "class_names": list(self.class_names),
            "ordered": self.ordered,
            "preprocessing": {"size": self.preprocessing.size, "resize": self.preprocessing.resize},
            "calibrator": self.calibrator.state(),
        }
        with atomic_write(folder / ABOUT) as temporary:
            temporary.write_text(json.dumps(about, indent=2, ensure_ascii=False), encoding="utf-8")

    def _head(self, vectors: FloatArray) -> FloatArray:
        with torch.inference_mode():
            return self.network.head(torch.from_numpy(np.ascontiguousarray(vectors))).float().numpy()
