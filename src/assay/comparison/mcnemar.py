"""McNemar's test: whether two models are right equally often, from the images on which only one of them is."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class McNemar:
    """The four counts and what they say.

    Attributes:
        both, only_first, only_second, neither: images that are right.
        p_exact: two-sided, never too small.
        p_mid: two-sided, less timid, and in simulations hardly ever above its level.
    """

    both: int
    only_first: int
    only_second: int
    neither: int
    p_exact: float
    p_mid: float


def mcnemar(first: NDArray[np.bool_], second: NDArray[np.bool_]) -> McNemar:
    """The test on two models' answers about the same images.

    Args:
        first, second: [N], whether each answer is right; images are independent of each other.

    Source: McNemar (1947); exact: the binomial distribution of the discordant images; mid-p: Fagerland, Lydersen and
    Laake (2013), "The McNemar test for binary matched-pairs data: mid-p and asymptotic are better than exact
    conditional".
    """
    from scipy.stats import binom

    first, second = np.asarray(first, dtype=bool), np.asarray(second, dtype=bool)
    gained, lost = int((second & ~first).sum()), int((first & ~second).sum())
    discordant, fewer = gained + lost, min(gained, lost)
    exact = min(1.0, 2 * float(binom.cdf(fewer, discordant, 0.5)))
    half = float(binom.pmf(fewer, discordant, 0.5))
    mid = 1.0 if gained == lost else 2 * float(binom.cdf(fewer, discordant, 0.5)) - half
    return McNemar(int((first & second).sum()), lost, gained, int((~first & ~second).sum()), exact, min(1.0, mid))
