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
    return wilson_ends(hits, n, NormalDist().inv_cdf((1 + confidence) / 2))


def wilson_ends(hits: float, n: float, z: float) -> Interval:
    """The same, from how many standard errors it reaches.

    Args:
        hits: how many of n, from 0 to n.
        n: independent trials, above 0.
        z: quantile of the normal, or of Student's t where the variance is estimated.
    """
    share = hits / n
    scale = 1 + z**2 / n
    center = (share + z**2 / (2 * n)) / scale
    half = z * math.sqrt(share * (1 - share) / n + z**2 / (4 * n**2)) / scale
    return max(0.0, float(center - half)), min(1.0, float(center + half))


def difference_interval(
    first_hits: float, first_n: float, second_hits: float, second_n: float, *, confidence: float = 0.95
) -> Interval:
    """Interval of the difference of two shares of independent trials, first minus second.

    Made of the Wilson intervals of both, so it stays honest at small n and at 0 and 1.

    Args:
        first_hits, second_hits: how many of n, from 0 to n.
        first_n, second_n: independent trials, above 0; need not be whole.
        confidence: level, in (0, 1).

    Source: Newcombe (1998), "Interval estimation for the difference between independent proportions", method 10.
    """
    first_ends = wilson_interval(first_hits, first_n, confidence=confidence)
    second_ends = wilson_interval(second_hits, second_n, confidence=confidence)
    if first_ends is None or second_ends is None:
        raise ValueError(f"both shares need trials, got {first_n:g} and {second_n:g}")
    (first_low, first_high), (second_low, second_high) = first_ends, second_ends
    first, second = first_hits / first_n, second_hits / second_n
    difference = first - second
    low = difference - math.hypot(first - first_low, second_high - second)
    high = difference + math.hypot(first_high - first, second - second_low)
    return max(-1.0, float(low)), min(1.0, float(high))
