"""From seed to seed: how much a difference changes when both sides are trained again."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class SeedSpread:
    """The differences of the single seeds, and what they add to the doubt that the images leave.

    Attributes:
        differences: one per seed, variant minus baseline.
        deviation: their standard deviation.
        low, high: interval of the mean difference that counts images and seeds.
        p: two-sided, counting both.
    """

    differences: tuple[float, ...]
    deviation: float
    low: float
    high: float
    p: float

    @property
    def variance_of_mean(self) -> float:
        """What the choice of seeds adds to the variance of the mean difference."""
        return self.deviation**2 / len(self.differences)


def seed_spread(differences: Sequence[float], image_variance: float, *, confidence: float = 0.95) -> SeedSpread | None:
    """The spread over seeds; None with fewer than two of them, or where one is undefined.

    The mean difference has the variance of the images plus that of the differences over their number; its t has the
    degrees of freedom of such a sum. Single differences already differ by which images each training gets wrong, so
    this is rather too wide than too narrow.

    Args:
        differences: one per seed, all on the same images.
        image_variance: of the mean difference, from resampling images with the trainings as they are.
        confidence: level of the interval, in (0, 1).

    Source: Satterthwaite (1946) for the degrees of freedom.
    """
    from scipy.stats import t

    values = np.asarray(differences, dtype=np.float64)
    if len(values) < 2 or not np.isfinite(values).all() or not math.isfinite(image_variance):
        return None
    mean, deviation = float(values.mean()), float(values.std(ddof=1))
    own = deviation**2 / len(values)
    if deviation < 1e-12:
        own = deviation = 0.0
    total = image_variance + own
    if total <= 0:
        return SeedSpread(tuple(values.tolist()), deviation, mean, mean, 1.0 if mean == 0 else 0.0)
    freedom = math.inf if own == 0 else total**2 / (own**2 / (len(values) - 1))
    reach = float(t.ppf((1 + confidence) / 2, freedom)) * math.sqrt(total)
    p = 2 * float(t.sf(abs(mean) / math.sqrt(total), freedom))
    return SeedSpread(tuple(values.tolist()), deviation, mean - reach, mean + reach, p)
