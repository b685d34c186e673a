"""Calibration as torch operations in float64, so that it can lie inside of a graph.

What was fitted is a buffer, also a single number: an exported graph is used again with other values of these.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn


class Scaled(nn.Module):
    """Softmax of logits over a temperature, both [B, C]."""

    temperature: Tensor

    def __init__(self, temperature: float) -> None:
        super().__init__()
        self.register_buffer("temperature", _number(temperature))

    def forward(self, logits: Tensor) -> Tensor:
        """Probabilities [B, C] of logits [B, C]."""
        return torch.softmax(logits / self.temperature, dim=1)


class Shifted(nn.Module):
    """See `FalseAlarms.transform`."""

    threshold: Tensor
    temperature: Tensor

    def __init__(self, reference: int, threshold: float, temperature: float, *, largest: float) -> None:
        super().__init__()
        self.reference = reference
        self.register_buffer("threshold", _number(threshold))
        self.register_buffer("temperature", _number(temperature))
        self.largest = largest

    def forward(self, logits: Tensor) -> Tensor:
        """Probabilities [B, 2] of logits [B, 2]."""
        values = logits.clamp(-self.largest, self.largest)
        margin = values[:, 1 - self.reference] - values[:, self.reference]
        other = torch.sigmoid((margin - self.threshold) / self.temperature)
        both = (1 - other, other) if self.reference == 0 else (other, 1 - other)
        return torch.stack(both, dim=1)


class Structured(nn.Module):
    """See `StructuredScaling._map`."""

    inverse_temperature: Tensor
    share: Tensor
    scaling: Tensor
    bias: Tensor

    def __init__(
        self,
        inverse_temperature: float,
        share: float,
        scaling: NDArray[np.float64],
        bias: NDArray[np.float64],
        *,
        least: float,
    ) -> None:
        super().__init__()
        self.register_buffer("inverse_temperature", _number(inverse_temperature))
        self.register_buffer("share", _number(share))
        self.least = least
        matrix = torch.tensor(scaling, dtype=torch.float64)
        self.register_buffer("scaling", matrix if matrix.ndim == 2 else torch.diag(matrix))
        self.register_buffer("bias", torch.tensor(bias, dtype=torch.float64))

    def forward(self, logits: Tensor) -> Tensor:
        """Probabilities [B, C] of logits [B, C]."""
        possible = torch.softmax(logits, dim=1).clamp(min=self.least)
        sharpened = torch.softmax(self.inverse_temperature * possible.log(), dim=1)
        mixed = (1 - self.share) * sharpened + self.share / logits.shape[1]
        return torch.softmax(mixed.clamp(min=self.least).log() @ self.scaling.T + self.bias, dim=1)


class Mapped(nn.Module):
    """See `Isotonic._map`; a class's map is a sum of ramps, one between each two of its points.

    Args:
        points: for each class its scores and shares; None for a class that keeps its probability.
        mixed: share of every answer that is uniform.
    """

    def __init__(
        self, points: Sequence[tuple[NDArray[np.float64], NDArray[np.float64]] | None], *, mixed: float
    ) -> None:
        super().__init__()
        self.mixed = mixed
        for index, known in enumerate(points):
            scores, shares = known if known is not None else ([0.0, 1.0], [0.0, 1.0])
            self.register_buffer(f"scores_{index}", torch.tensor(scores, dtype=torch.float64))
            self.register_buffer(f"shares_{index}", torch.tensor(shares, dtype=torch.float64))
        self.classes = len(points)

    def forward(self, logits: Tensor) -> Tensor:
        """Probabilities [B, C] of logits [B, C]."""
        probabilities = torch.softmax(logits, dim=1)
        columns = [self._mapped(probabilities[:, index], index) for index in range(self.classes)]
        shares = torch.stack(columns, dim=1)
        total = shares.sum(dim=1, keepdim=True)
        uniform = torch.full_like(shares, 1 / self.classes)
        shares = torch.where(total > 0, shares / total.clamp(min=torch.finfo(torch.float64).tiny), uniform)
        return (1 - self.mixed) * shares + self.mixed * uniform

    def _mapped(self, column: Tensor, index: int) -> Tensor:
        scores, shares = self.get_buffer(f"scores_{index}"), self.get_buffer(f"shares_{index}")
        if len(scores) == 1:
            return shares.expand(column.shape[0])
        climbed = ((column[:, None] - scores[:-1]) / (scores[1:] - scores[:-1])).clamp(0, 1)
        return shares[0] + (climbed * (shares[1:] - shares[:-1])).sum(dim=1)


def _number(value: float) -> Tensor:
    return torch.tensor(value, dtype=torch.float64)
