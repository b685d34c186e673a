"""Calibration as torch operations in float64, so that it can lie inside of a graph.

What was fitted is a buffer, also a single number: an exported graph is used again with other values of these.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

LEAST_POINTS = 64
"""Of a rising map in a graph."""


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

    How many points there are depends on the images that the map was fitted to. So that graphs of other fits are used
    again, their number is filled up to the next power of two by points behind the last one, to which nothing climbs.

    Args:
        points: for each class its scores and shares; None for a class that keeps its probability.
        mixed: share of every answer that is uniform.
    """

    scores: Tensor
    shares: Tensor
    mixed: Tensor

    def __init__(
        self, points: Sequence[tuple[NDArray[np.float64], NDArray[np.float64]] | None], *, mixed: float
    ) -> None:
        super().__init__()
        known = [(np.arange(2.0), np.arange(2.0)) if each is None else each for each in points]
        most = max(LEAST_POINTS, *(len(scores) for scores, _ in known))
        filled = [_filled(scores, shares, 1 << (most - 1).bit_length()) for scores, shares in known]
        self.register_buffer("scores", torch.tensor(np.stack([scores for scores, _ in filled])))
        self.register_buffer("shares", torch.tensor(np.stack([shares for _, shares in filled])))
        self.register_buffer("mixed", _number(mixed))

    def forward(self, logits: Tensor) -> Tensor:
        """Probabilities [B, C] of logits [B, C]."""
        probabilities = torch.softmax(logits, dim=1)
        between, climbs = self.scores[:, 1:] - self.scores[:, :-1], self.shares[:, 1:] - self.shares[:, :-1]
        climbed = ((probabilities[:, :, None] - self.scores[:, :-1]) / between).clamp(0, 1)
        shares = self.shares[:, 0] + (climbed * climbs).sum(dim=2)
        total = shares.sum(dim=1, keepdim=True)
        uniform = torch.full_like(shares, 1 / shares.shape[1])
        shares = torch.where(total > 0, shares / total.clamp(min=torch.finfo(torch.float64).tiny), uniform)
        return (1 - self.mixed) * shares + self.mixed * uniform


def _filled(
    scores: NDArray[np.float64], shares: NDArray[np.float64], count: int
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """As many points of the same map: those behind the last one have its share."""
    missing = count - len(scores)
    return np.r_[scores, scores[-1] + 1 + np.arange(missing)], np.r_[shares, np.full(missing, shares[-1])]


def _number(value: float) -> Tensor:
    return torch.tensor(value, dtype=torch.float64)
