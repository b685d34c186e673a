"""Distributions of a measure in reference and window, as shares of bins that both can be drawn over."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from assay.monitoring.drift.effects import decile_edges, population_stability_index, shares
from assay.monitoring.drift.measures import Measure, finite_rows
from assay.monitoring.drift.report import Distribution

BINS = 24
OUTER = 0.005
"""Share of both samples that lies in either outermost bin, so that one odd picture does not set the scale."""


def distribution_of(
    measure: Measure, reference: NDArray[np.generic], window: NDArray[np.generic]
) -> Distribution | None:
    """Shares of both samples; of vectors those of the first component. None where a side has no values.

    Args:
        measure: whose values these are.
        reference: [N] or [N, K].
        window: [n] or [n, K].
    """
    first, second = (_column(values) for values in (reference, window))
    if not len(first) or not len(second):
        return None
    if measure.categories:
        count = len(measure.categories)
        return Distribution((), measure.categories, _shares(first, count), _shares(second, count))
    edges = _edges(np.concatenate([_spread(first), _spread(second)]))
    return Distribution(tuple(edges.tolist()), (), *(_binned(values, edges) for values in (first, second)))


def stability_index(measure: Measure, reference: NDArray[np.generic], window: NDArray[np.generic]) -> float | None:
    """PSI over the reference's deciles, or over categories; None for vectors and where a side is empty."""
    first, second = (values[finite_rows(values)] for values in (reference, window))
    if first.ndim > 1 or not len(first) or not len(second):
        return None
    if measure.categories:
        count = len(measure.categories)
        return population_stability_index(shares(first, count), shares(second, count))
    edges = decile_edges(first.astype(np.float64))
    counted = [np.histogram(values.astype(np.float64), edges)[0] / len(values) for values in (first, second)]
    return population_stability_index(*counted)


def _column(values: NDArray[np.generic]) -> NDArray[np.generic]:
    kept: NDArray[np.generic] = values[finite_rows(values)]
    return kept if kept.ndim == 1 else kept[:, 0]


def _spread(values: NDArray[np.generic]) -> NDArray[np.float64]:
    return np.asarray(np.quantile(values.astype(np.float64), [OUTER, 1 - OUTER]))


def _edges(ends: NDArray[np.float64]) -> NDArray[np.float64]:
    low, high = float(ends.min()), float(ends.max())
    if not high > low:
        low, high = low - 0.5, high + 0.5
    return np.linspace(low, high, BINS + 1)


def _binned(values: NDArray[np.generic], edges: NDArray[np.float64]) -> tuple[float, ...]:
    inside = np.clip(values.astype(np.float64), edges[0], edges[-1])
    return tuple((np.histogram(inside, edges)[0] / len(values)).round(6).tolist())


def _shares(values: NDArray[np.generic], count: int) -> tuple[float, ...]:
    return tuple(shares(values, count).round(6).tolist())
