"""Intervals: from resampled values, or from counts, to a low and a high end."""

from __future__ import annotations

import math
from statistics import NormalDist

import numpy as np

from assay.evaluation.metrics.family import Float64Array

Interval = tuple[float, float]


def percentile_interval(resampled: Float64Array, *, confidence: float = 0.95) -> Interval | None:
    """Where the middle share of the resampled values lies; None when more than half of them are undefined.

    Args:
        resampled: [R], NaN where a resample leaves the metric undefined.
        confidence: the share, in (0, 1).

    Source: Efron (1981), percentile method.
    """
    defined = resampled[~np.isnan(resampled)]
    if len(defined) * 2 < len(resampled) or len(defined) == 0:
        return None
    tail = (1 - confidence) / 2
    low, high = np.quantile(defined, [tail, 1 - tail])
    return float(low), float(high)


def bias_corrected_interval(
    resampled: Float64Array, value: float, *, confidence: float = 0.95, floor: float = 0.0
) -> Interval | None:
    """The percentile interval without the bias that it holds twice.

    What resamples are above the sample on average, the sample is taken to be above the truth; the interval is moved
    down by twice that (or up), widened to hold the value where that is needed, and cut at `floor`.

    Args:
        resampled: [R], NaN where a resample leaves the metric undefined.
        value: the metric on the sample.
        confidence: the share, in (0, 1).
        floor: the smallest possible value of the metric.

    Source: Efron and Tibshirani (1993), chapter 10, for the estimate of the bias.
    """
    interval = percentile_interval(resampled, confidence=confidence)
    if interval is None:
        return None
    bias = float(np.nanmean(resampled)) - value
    return max(floor, min(interval[0] - 2 * bias, value)), max(interval[1] - 2 * bias, value)


def wilson_interval(hits: float, n: float, *, confidence: float = 0.95) -> Interval | None:
    """Interval of a share that stays honest at small n and at 0 and 1; None when n is 0.

    Args:
        hits: how many of n, from 0 to n.
        n: independent trials; need not be whole, for an effective sample size.
        confidence: level, in (0, 1).

    Source: Wilson (1927).
    """
    if n <= 0:
        return None
    z = NormalDist().inv_cdf((1 + confidence) / 2)
    share = hits / n
    scale = 1 + z**2 / n
    center = (share + z**2 / (2 * n)) / scale
    half = z * math.sqrt(share * (1 - share) / n + z**2 / (4 * n**2)) / scale
    return max(0.0, float(center - half)), min(1.0, float(center + half))
