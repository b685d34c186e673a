"""EagerSession: PyTorch itself behind the interface of an exported graph."""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray

from assay.deploy.graph.graph import Graph
from assay.deploy.graph.session import Output
from assay.predictor import Predictor


class EagerSession:
    """Runs the modules that are exported, without exporting them.

    Args:
        predictor: float; its network stays where it is.
    """

    def __init__(self, predictor: Predictor) -> None:
        self._graph = Graph(predictor.network, predictor.preprocessing, predictor.calibrator).eval()

    def __call__(self, pictures: NDArray[np.uint8]) -> Output:
        """What the modules say about decoded RGB pictures of one size, uint8 [B, 3, H, W]."""
        with torch.inference_mode():
            outputs = self._graph(torch.from_numpy(np.ascontiguousarray(pictures)))
        return Output(*(value.numpy() for value in outputs))
