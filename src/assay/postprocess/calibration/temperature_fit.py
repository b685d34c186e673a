"""The search for the temperature that makes labels most likely."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from assay.predictions import FloatArray, IntArray

# The search runs over this many powers of ten around the spread of the logits: beyond it every answer is either
# certain or uniform, and the likelihood is flat.
DECADES = 3.0
# Rows that the start of the search is chosen by.
FEW_ROWS = 4096


@dataclass(frozen=True)
class FoundTemperature:
    """What the search gives.

    Attributes:
        temperature: positive.
        interval: at 95 %, from the curvature of the likelihood; None where there is no curvature.
        at_bound: whether the search ended at its bound, so that no temperature in reach is best.
    """

    temperature: float
    interval: tuple[float, float] | None
    at_bound: bool


def gaps_to_label(logits: FloatArray, labels: IntArray) -> NDArray[np.float64]:
    """How far each class lies above the true one, float64 [N, C]; two equal infinities are no distance apart."""
    values = np.asarray(logits, dtype=np.float64)
    own = values[np.arange(len(labels)), labels][:, None]
    with np.errstate(invalid="ignore"):
        return np.where(values == own, 0.0, values - own)


def find_temperature(gaps: NDArray[np.float64], *, smoothing: float = 0.0) -> FoundTemperature:
    """The temperature with the smallest mean cross-entropy.

    Args:
        gaps: [N, C], as `gaps_to_label` gives them; below +inf, and not all of them zero.
        smoothing: the share of each target that is spread evenly over the classes that are not ruled out.
    """
    from scipy.optimize import minimize

    finite = np.isfinite(gaps)
    spread = smoothing * float((np.where(finite, gaps, 0.0).sum(axis=1) / finite.sum(axis=1)).mean())
    scale = math.log(np.abs(gaps[finite & (gaps != 0)]).mean())
    reach = DECADES * math.log(10)

    def loss(log_temperature: NDArray[np.float64]) -> tuple[float, float]:
        value, slope, _ = _cross_entropy(gaps, float(log_temperature[0]), spread)
        return value, slope

    grid = np.linspace(scale - reach, scale + reach, 25)
    few = gaps[:: -(-len(gaps) // FEW_ROWS)]
    start = grid[int(np.argmin([_cross_entropy(few, point, spread)[0] for point in grid]))]
    minimum = minimize(
        loss,
        x0=[start],
        jac=True,
        method="L-BFGS-B",
        bounds=[(grid[0], grid[-1])],
        options={"ftol": 1e-15, "gtol": 1e-9},
    )
    best = float(minimum.x[0])
    curvature = _cross_entropy(gaps, best, spread)[2] * len(gaps)
    at_bound = best <= grid[0] + 1e-3 or best >= grid[-1] - 1e-3
    interval = None
    if curvature > 0 and not at_bound:
        half = min(1.959964 / math.sqrt(curvature), reach)
        interval = (math.exp(best - half), math.exp(best + half))
    return FoundTemperature(math.exp(best), interval, at_bound)


def _cross_entropy(gaps: NDArray[np.float64], log_temperature: float, spread: float) -> tuple[float, float, float]:
    """Mean cross-entropy, and its first and second derivative by the log-temperature.

    `spread` is the smoothed part of the targets times the gaps: it enters linearly in the inverse temperature.
    """
    inverse = math.exp(-log_temperature)
    scaled = gaps * inverse
    top = scaled.max(axis=1, keepdims=True)
    weights = np.exp(scaled - top)
    total = weights.sum(axis=1, keepdims=True)
    weights /= total
    finite = np.where(weights > 0, scaled, 0.0)
    mean = (weights * finite).sum(axis=1)
    square = (weights * finite**2).sum(axis=1)
    linear = spread * inverse
    value = float((top + np.log(total)).mean())
    return value - linear, float(-mean.mean()) + linear, float((mean + square - mean**2).mean()) - linear
