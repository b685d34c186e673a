"""The probabilities that a predictor gives for pictures in memory, by the same way as it answers about files."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import torch
from numpy.typing import NDArray

from assay.postprocess.softmax import softmax
from assay.predictions import FloatArray
from assay.predictor import Predictor

BATCH = 32


def served_probabilities(predictor: Predictor) -> Callable[[NDArray[np.uint8]], FloatArray]:
    """A function from uint8 [B, 3, S, S] to calibrated probabilities [B, C]."""
    head = predictor.network.head

    def probabilities(pixels: NDArray[np.uint8]) -> FloatArray:
        parts = []
        for start in range(0, len(pixels), BATCH):
            vectors = predictor.runtime(np.ascontiguousarray(pixels[start : start + BATCH]))
            with torch.inference_mode():
                parts.append(head(torch.from_numpy(vectors)).float().numpy())
        return softmax(predictor.calibrator.transform(np.concatenate(parts)))

    return probabilities
