"""BCa: a bootstrap interval that is corrected for bias and for a spread that changes with the value."""

from __future__ import annotations

import math

import numpy as np

from assay.evaluation.intervals import percentile_interval
from assay.evaluation.metrics.family import Float64Array

NO_SPREAD = 1e-12
"""Numbers closer than this are the same but for rounding."""


def bca_interval(
    draws: Float64Array, value: float, jackknife: Float64Array, *, confidence: float = 0.95
) -> tuple[float, float, str] | None:
    """Low end, high end, and how it was made; None when more than half of the resamples are undefined.

    Where the correction cannot be had (the value lies outside all resamples, or leaving single images out gives
    nothing or changes nothing), it is the percentile interval; where no resample differs, the value itself.

    Args:
        draws: [R], the statistic on bootstrap resamples, NaN where undefined.
        value: on the sample.
        jackknife: [B], with each image, group, or block of them left out.
        confidence: level, in (0, 1).

    Source: Efron (1987), "Better bootstrap confidence intervals"; Efron and Tibshirani (1993), section 14.3.
    """
    from scipy.special import ndtr, ndtri

    plain = percentile_interval(draws, confidence=confidence)
    if plain is None:
        return None
    draws = draws[~np.isnan(draws)]
    if np.ptp(draws) < NO_SPREAD and abs(draws[0] - value) < NO_SPREAD:
        return value, value, "no resample differs"
    below, equal = float((draws < value).mean()), float((draws == value).mean())
    bias = float(ndtri(below + equal / 2))
    acceleration = _acceleration(jackknife)
    if acceleration is None or not math.isfinite(bias):
        return *plain, "percentile"
    tail = float(ndtri((1 - confidence) / 2))
    ends = [bias + (bias + z) / (1 - acceleration * (bias + z)) for z in (tail, -tail)]
    low, high = np.quantile(draws, ndtr(ends))
    return float(low), float(high), "BCa"


def _acceleration(jackknife: Float64Array) -> float | None:
    if len(jackknife) < 2 or not np.isfinite(jackknife).all():
        return None
    pulls = jackknife.mean() - jackknife
    square = float((pulls**2).sum())
    if square < NO_SPREAD**2:
        return None
    return float((pulls**3).sum() / (6 * square**1.5))
