"""Two samples: the difference of two means whose units were drawn into one of two arms by lot."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from assay.comparison.sample_size import images_needed
from assay.measurement import Measurement

TINY = 1e-20
"""Variance below which values differ by nothing but rounding."""


@dataclass(frozen=True)
class TwoSamples:
    """What two arms show.

    Attributes:
        first, second: means; None without a unit.
        difference: second minus first, with the interval for one look.
        p: two-sided; None where there is no spread, or less than two units in an arm.
        needed: units altogether, at the same shares, with which a difference like this one is found with 80 % power;
            None where no number is enough, or nothing is known.
    """

    first: float | None
    second: float | None
    difference: Measurement
    p: float | None
    needed: int | None


def two_samples(first: Sequence[float], second: Sequence[float], *, confidence: float = 0.95) -> TwoSamples:
    """The difference of the means of two arms.

    Args:
        first, second: one value for each unit of an arm.
        confidence: level of the interval.

    Source: Welch (1947), with the degrees of freedom of Satterthwaite (1946).
    """
    n = len(first) + len(second)
    means = [float(np.mean(values)) if len(values) else None for values in (first, second)]
    if means[0] is None or means[1] is None:
        return TwoSamples(means[0], means[1], Measurement(None, None, None, n, "undefined"), None, None)
    value = means[1] - means[0]
    parts = [float(np.var(values, ddof=1)) / len(values) for values in (first, second) if len(values) > 1]
    variance = sum(parts)
    if min(len(first), len(second)) < 2 or variance < TINY:
        why = "no interval: an arm has one unit" if min(len(first), len(second)) < 2 else "no interval: no spread"
        return TwoSamples(means[0], means[1], Measurement(value, None, None, n, why), None, None)
    from scipy.stats import t

    freedom = variance**2 / sum(part**2 / (len(each) - 1) for part, each in zip(parts, (first, second), strict=True))
    reach = float(t.ppf((1 + confidence) / 2, freedom)) * variance**0.5
    p = 2 * float(t.sf(abs(value) / variance**0.5, freedom))
    needed = images_needed(value, variance, n, level=1 - confidence) if value else None
    once = Measurement(value, value - reach, value + reach, n, "Welch's t, one look")
    return TwoSamples(means[0], means[1], once, p, needed)
