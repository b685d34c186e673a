"""How many more images or seeds a real difference of the observed size would need."""

from __future__ import annotations

import math
from statistics import NormalDist

MOST = 10**6
"""Beyond so many the answer is that the difference is too small to be found."""


def detectable_variance(difference: float, *, level: float = 0.05, power: float = 0.8) -> float:
    """The variance of the estimate at which a two-sided test at this level finds the difference with this power.

    (difference / (z of 1 - level / 2 + z of power))², the normal approximation.

    Source: any text on sample sizes, e.g. Fleiss, Levin and Paik (2003), chapter 4; for McNemar's test it gives
    Connor's (1987) numbers when the variance is that of the discordant pairs.
    """
    normal = NormalDist()
    return (difference / (normal.inv_cdf(1 - level / 2) + normal.inv_cdf(power))) ** 2


def images_needed(
    difference: float,
    image_variance: float,
    n: int,
    *,
    seed_variance: float = 0.0,
    level: float = 0.05,
    power: float = 0.8,
) -> int | None:
    """Images altogether: n * image_variance / (detectable variance - seed_variance), at least n.

    None when no number of images is enough: the difference is nothing, the seeds alone vary too much, or it is beyond
    a million.

    Args:
        difference: as observed, taken for real.
        image_variance: of its estimate, from the choice of n images; falls as 1 / n.
        n: images there are.
        seed_variance: of its estimate, from the choice of seeds; images do not change it.
        level: of the test; with Holm the level over the number of claims still open.
        power: chance of establishing the difference.
    """
    room = detectable_variance(difference, level=level, power=power) - seed_variance
    return _scaled(n, image_variance, room)


def seeds_needed(
    difference: float,
    seed_variance: float,
    seeds: int,
    *,
    image_variance: float = 0.0,
    level: float = 0.05,
    power: float = 0.8,
) -> int | None:
    """Seeds altogether on each side, when the images stay: seeds * seed_variance / (detectable - image_variance)."""
    room = detectable_variance(difference, level=level, power=power) - image_variance
    return _scaled(seeds, seed_variance, room)


def _scaled(count: int, variance: float, room: float) -> int | None:
    if room <= 0 or not math.isfinite(variance):
        return None
    needed = count * variance / room
    return None if needed > MOST else max(count, math.ceil(needed))
