"""An interval of a mean that holds at every look at once, so that who looks early and often makes no mistake by it."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
from numpy.typing import ArrayLike

from assay.comparison.sample_size import MOST

BETS = 129
"""Constant bets that share the capital; which ones changes how narrow the interval is, never whether it holds."""
METHOD = "always valid, by betting"

Interval = tuple[float, float]


def always_valid_interval(
    values: ArrayLike, low: float, high: float, *, confidence: float = 0.95, n: int | None = None
) -> Interval:
    """An interval that holds the mean after 1, 2, 3, … values, all at once, with the stated probability.

    Whoever bets against a mean m puts a share b of his capital on each value being large and the rest on its being
    small: with x in [0, 1] the capital is multiplied by b x / m + (1 - b) (1 - x) / (1 - m). Where m is the mean, no
    bet gains on average, so the capital reaches 1 / (1 - confidence) with the probability 1 - confidence at most, ever
    (Ville's inequality). The interval holds the means against which it has not. The capital lies on constant bets with
    arcsine weights, so the order of the values does not matter, only which there are.

    Args:
        values: [N], each from low to high, whose mean given those before is the same each time.
        low, high: bounds of a value, not of these values.
        confidence: level, in (0, 1).
        n: reckons as if there were so many values, distributed as these are; None for as many as there are.

    Returns:
        Its ends; low and high themselves where there is no value.

    Source: Waudby-Smith and Ramdas (2024), "Estimating means of bounded random variables by betting", section 4;
    Orabona and Jun (2023), "Tight concentrations and confidence sequences from the regret of universal portfolio".
    """
    x = (np.asarray(values, dtype=np.float64) - low) / (high - low)
    if not len(x):
        return low, high
    distinct, counts = np.unique(x, return_counts=True)
    weights = counts * (1.0 if n is None else n / len(x))
    center = float(np.mean(x))
    bets = (1 - np.cos((2 * np.arange(BETS) + 1) * np.pi / (2 * BETS))) / 2
    large, small = np.outer(distinct, bets), np.outer(1 - distinct, 1 - bets)
    wanted = -math.log(1 - confidence)

    def excess(mean: float) -> float:
        """Logarithm of the capital against a mean, minus the one that refutes it; falls to the center, then rises."""
        logs = weights @ np.log(large / mean + small / (1 - mean))
        top = float(logs.max())
        return top + math.log(float(np.exp(logs - top).mean())) - wanted

    ends = _root(excess, center, 0.0), _root(excess, center, 1.0)
    return low + (high - low) * ends[0], low + (high - low) * ends[1]


def values_needed(settled: Callable[[int], bool], n: int) -> int | None:
    """The least number of values, at least n, with which something is settled; None where a million do not do.

    Args:
        settled: whether it is with so many; with more it stays so.
        n: values that there are.
    """
    if n < 1 or not settled(MOST):
        return None
    least, enough = n - 1, MOST
    while enough - least > 1:
        middle = (least + enough) // 2
        least, enough = (least, middle) if settled(middle) else (middle, enough)
    return enough


def _root(excess: Callable[[float], float], center: float, end: float) -> float:
    """Where the capital is just enough, between the center and an end of [0, 1]; the end where it never is."""
    from scipy.optimize import brentq

    reach = 1e-12
    far = end + (reach if end == 0 else -reach)
    if abs(center - end) <= reach or excess(far) <= 0:
        return end
    return float(brentq(excess, far, min(max(center, reach), 1 - reach), xtol=1e-9))
