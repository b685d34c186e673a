"""A head that takes back what INT8 does to the logits, as far as it is linear in the embeddings."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor, nn

from assay.predictions import FloatArray

PENALTY = 1.0
"""What a step of one standard deviation of an embedding costs, in squared units of the logits, for each image."""


class CorrectedHead(nn.Module):
    """The logits of a head plus a linear function of the same embeddings.

    Args:
        head: from embeddings [B, D] to logits [B, C].
        weights: [D, C].
        bias: [C].
    """

    weights: Tensor
    bias: Tensor

    def __init__(self, head: nn.Module, weights: FloatArray, bias: FloatArray) -> None:
        super().__init__()
        self.head = head
        self.register_buffer("weights", torch.from_numpy(weights.astype(np.float32)))
        self.register_buffer("bias", torch.from_numpy(bias.astype(np.float32)))

    def forward(self, embeddings: Tensor) -> Tensor:
        """Logits [B, C]."""
        logits: Tensor = self.head(embeddings)
        return logits + (embeddings @ self.weights + self.bias)


def corrected_head(head: nn.Module, embeddings: FloatArray, logits: FloatArray, wanted: FloatArray) -> CorrectedHead:
    """The head with the correction that brings its logits nearest to others, by ridge regression.

    Labels are not needed: `wanted` is what the float model says about the same images. Noise that INT8 adds to some
    directions of the embeddings weighs less in the logits after it, and what it adds on average is gone.

    Args:
        head: of the float model.
        embeddings: [N, D] of the INT8 backbone.
        logits: [N, C], the head's logits for them.
        wanted: [N, C], the float model's logits for the same images.

    Source: Hoerl and Kennard (1970), Ridge Regression; with the mean alone it would be the bias correction of Nagel et
    al. (2019), section 4.2, at the last layer.
    """
    values, missing = embeddings.astype(np.float64), (wanted - logits).astype(np.float64)
    mean, spread = values.mean(axis=0), values.std(axis=0)
    spread[spread == 0] = 1.0
    standard = (values - mean) / spread
    moments = standard.T @ standard / len(values) + PENALTY * np.eye(values.shape[1])
    centred = missing - missing.mean(axis=0)
    weights = np.linalg.solve(moments, standard.T @ centred / len(values)) / spread[:, None]
    return CorrectedHead(head, weights, missing.mean(axis=0) - mean @ weights)
