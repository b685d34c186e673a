"""Effect sizes beside p-values: distance of Kolmogorov and Smirnov, Cramér's V, population stability index."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from assay.predictions import FloatArray

Float64Array = NDArray[np.float64]
SMALLEST_SHARE = 1e-4
"""In place of an empty bin, whose logarithm there is not."""
PSI_BINS = 10


def ks_distance(
    reference: FloatArray,
    window: FloatArray,
    reference_weights: Float64Array | None = None,
    window_weights: Float64Array | None = None,
) -> float:
    """The largest difference of two cumulative distributions, in [0, 1].

    Args:
        reference: [N].
        window: [n].
        reference_weights: [N], sum 1; None for equal ones.
        window_weights: [n], sum 1; None for equal ones.

    Source: Smirnov (1939); equal to the statistic of `scipy.stats.ks_2samp`.
    """
    values = np.concatenate([reference, window])
    steps = np.concatenate([-_weights(reference, reference_weights), _weights(window, window_weights)])
    order = np.argsort(values, kind="stable")
    cumulative = np.cumsum(steps[order])
    ordered = values[order]
    last_of_ties = np.append(ordered[1:] != ordered[:-1], True)
    return float(min(1.0, np.abs(cumulative[last_of_ties]).max()))


def cramers_v(reference: Float64Array, window: Float64Array) -> float:
    """Association of category and sample, in [0, 1]: √(χ² / total) of the table with the two rows.

    Args:
        reference, window: [G], counts, which need not be whole.

    Source: Cramér (1946), § 21.9; `scipy.stats.contingency.association`.
    """
    table = np.array([reference, window], dtype=np.float64)
    table = table[:, table.sum(axis=0) > 0]
    total = table.sum()
    if table.shape[1] < 2 or not table.sum(axis=1).all():
        return 0.0
    expected = table.sum(axis=1, keepdims=True) * table.sum(axis=0) / total
    return float(np.sqrt(((table - expected) ** 2 / expected).sum() / total))


def shares(values: NDArray[np.generic], count: int, weights: Float64Array | None = None) -> Float64Array:
    """Share of each of `count` categories, float64 [count]."""
    counted = np.bincount(values.astype(np.int64), weights=_weights(values, weights), minlength=count)
    return counted.astype(np.float64)


def population_stability_index(reference: Float64Array, window: Float64Array) -> float:
    """Σ (window - reference) · ln(window / reference), at least 0; by habit .1 is called small and .25 large.

    It has no level: with few pictures it is large by chance, which is why nothing is decided by it.

    Args:
        reference, window: [G], shares of bins.

    Source: Siddiqi (2006), "Credit risk scorecards"; Yurdakul and Naranjo (2020) for what it is by chance.
    """
    first, second = (np.maximum(each, SMALLEST_SHARE) for each in (reference, window))
    return float(((second - first) * np.log(second / first)).sum())


def decile_edges(reference: FloatArray) -> Float64Array:
    """Edges of ten bins that the reference fills alike, open at both ends; fewer where values repeat."""
    inner = np.unique(np.quantile(reference.astype(np.float64), np.arange(1, PSI_BINS) / PSI_BINS))
    return np.concatenate([[-np.inf], inner, [np.inf]])


def _weights(values: NDArray[np.generic], weights: Float64Array | None) -> Float64Array:
    return np.full(len(values), 1 / max(1, len(values))) if weights is None else weights
