"""Calibration as torch operations in float64, so that it can lie inside of a graph."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from assay.postprocess.calibration import (
    Auto,
    Calibrator,
    FalseAlarms,
    Isotonic,
    MatrixScaling,
    NoCalibration,
    Temperature,
    VectorScaling,
)
from assay.postprocess.calibration.false_alarms import LARGEST
from assay.postprocess.calibration.structured import LEAST


def calibration_module(calibrator: Calibrator) -> nn.Module | None:
    """What turns float64 logits [B, C] into calibrated probabilities [B, C] as the calibrator does.

    Args:
        calibrator: fitted.

    Returns:
        None for a kind that cannot be expressed; then calibration stays outside of the graph.
    """
    if isinstance(calibrator, Auto):
        return calibration_module(calibrator.taken_)
    if isinstance(calibrator, NoCalibration):
        return _Scaled(1.0)
    if isinstance(calibrator, Temperature):
        return _Scaled(calibrator.temperature_)
    if isinstance(calibrator, (VectorScaling, MatrixScaling)):
        return _Structured(calibrator)
    if isinstance(calibrator, Isotonic):
        return _Isotonic(calibrator)
    if isinstance(calibrator, FalseAlarms):
        return _Shifted(calibrator)
    return None


class _Scaled(nn.Module):
    def __init__(self, temperature: float) -> None:
        super().__init__()
        self.temperature = temperature

    def forward(self, logits: Tensor) -> Tensor:
        return torch.softmax(logits / self.temperature, dim=1)


class _Shifted(nn.Module):
    """See `FalseAlarms.transform`."""

    def __init__(self, calibrator: FalseAlarms) -> None:
        super().__init__()
        self.reference = calibrator.reference
        self.threshold = calibrator.threshold_
        self.temperature = calibrator.temperature_

    def forward(self, logits: Tensor) -> Tensor:
        values = logits.clamp(-LARGEST, LARGEST)
        margin = values[:, 1 - self.reference] - values[:, self.reference]
        other = torch.sigmoid((margin - self.threshold) / self.temperature)
        both = (1 - other, other) if self.reference == 0 else (other, 1 - other)
        return torch.stack(both, dim=1)


class _Structured(nn.Module):
    """See `StructuredScaling._map`."""

    scaling: Tensor
    bias: Tensor

    def __init__(self, calibrator: VectorScaling | MatrixScaling) -> None:
        super().__init__()
        self.inverse_temperature = calibrator.inverse_temperature_
        self.share = 1 / (calibrator.n_ + 1) if calibrator.n_ else 0.0
        scaling = torch.tensor(calibrator.scaling_, dtype=torch.float64)
        self.register_buffer("scaling", scaling if scaling.ndim == 2 else torch.diag(scaling))
        self.register_buffer("bias", torch.tensor(calibrator.bias_, dtype=torch.float64))

    def forward(self, logits: Tensor) -> Tensor:
        possible = torch.softmax(logits, dim=1).clamp(min=LEAST)
        sharpened = torch.softmax(self.inverse_temperature * possible.log(), dim=1)
        mixed = (1 - self.share) * sharpened + self.share / logits.shape[1]
        return torch.softmax(mixed.clamp(min=LEAST).log() @ self.scaling.T + self.bias, dim=1)


class _Isotonic(nn.Module):
    """See `Isotonic._map`; a class's map is a sum of ramps, one between each two of its points."""

    def __init__(self, calibrator: Isotonic) -> None:
        super().__init__()
        self.mixed = calibrator.smoothing / (calibrator.n_ + calibrator.smoothing) if calibrator.n_ else 0.0
        for index, points in enumerate(calibrator.points_):
            scores, shares = points if points is not None else ([0.0, 1.0], [0.0, 1.0])
            self.register_buffer(f"scores_{index}", torch.tensor(scores, dtype=torch.float64))
            self.register_buffer(f"shares_{index}", torch.tensor(shares, dtype=torch.float64))
        self.classes = len(calibrator.points_)

    def forward(self, logits: Tensor) -> Tensor:
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
