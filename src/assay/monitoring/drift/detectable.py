"""Which drift could have been seen: the smallest effect that is significant with power .8 at this size and sources."""

from __future__ import annotations

import math
from statistics import NormalDist

import numpy as np
from numpy.typing import NDArray

from assay.monitoring.drift.measures import Test
from assay.monitoring.drift.sign_flips import FlipOutcome

POWER = 0.8
MOST = 2.0
"""Beyond every effect that there is: a KS distance ends at 1, MMD at √2."""
_TAIL = 0.1
_WHOLE = 0.95
_MEDIAN_SUPREMUM = 0.8276
"""Median of the limiting distribution of the KS distance, in units in which one threshold varies by 1/2 at most."""


def smallest_detectable(outcome: FlipOutcome, test: Test, *, level: float, power: float = POWER) -> float | None:
    """The smallest difference, shared by all sources, that is significant with this power; None where none is.

    A drift δ also widens what flips give, because they keep |Σ ± share| of it: with few sources, or one that weighs
    most, no drift however large is significant.

    Args:
        outcome: of a window, whose flips say how much differences vary by chance.
        test: what the size is of.
        level: of one test, after correction for the others.
        power: chance of seeing it.
    """
    if _keeps_all(outcome, level):
        return None
    spread, floor = _variation(outcome.flipped, test)
    margin = NormalDist().inv_cdf(power) * spread

    def seen(drift: float) -> bool:
        expected = drift if test == "ks" else math.hypot(drift, floor)
        return expected - margin >= upper_quantile(np.hypot(outcome.flipped, drift * outcome.balance), level)

    if not seen(MOST):
        return None
    low, high = 0.0, MOST
    for _ in range(40):
        middle = (low + high) / 2
        low, high = (low, middle) if seen(middle) else (middle, high)
    return high


def smallest_share_change(
    outcome: FlipOutcome, share: float, sizes: tuple[int, int], *, level: float, power: float = POWER
) -> float | None:
    """The smallest rise of a rare category's share, or fall of a common one's, that is seen; None where none is.

    What is rare varies more as it becomes more frequent, which makes both what is seen and what flips give uncertain.

    Args:
        outcome: of a window.
        share: of the category in the reference, in [0, 1].
        sizes: pictures of reference and window.
        level, power: as of `smallest_detectable`.
    """
    rare = min(share, 1 - share)
    reference, window = sizes
    base = max(rare, 1 / (reference + 1))
    unit = math.sqrt(base * (1 - base))
    spread = unit * max(math.sqrt(float(np.square(outcome.flipped).mean())), math.sqrt(1 / reference + 1 / window))
    noise = np.abs(np.random.default_rng(0).standard_normal(len(outcome.flipped)))
    margin = NormalDist().inv_cdf(power)

    def seen(change: float) -> bool:
        share = min(base + change, 0.5)
        own = spread * math.sqrt(share * (1 - share)) / unit
        return change - margin * own >= upper_quantile(np.hypot(own * noise, change * outcome.balance), level)

    largest = 1 - rare
    if _keeps_all(outcome, level) or not seen(largest):
        return None
    low, high = 0.0, largest
    for _ in range(40):
        middle = (low + high) / 2
        low, high = (low, middle) if seen(middle) else (middle, high)
    return high


def upper_quantile(values: NDArray[np.float64], level: float) -> float:
    """What a share `level` of the values lies above; beyond what few draws hold, by an exponential tail of the squares.

    Args:
        values: [R], at least 0: lengths of sums of many signs, whose squares have such a tail.
        level: in (0, 1).

    Source: Pickands (1975) for excesses over a threshold, with shape 0.
    """
    if level * len(values) >= 10:
        return float(np.quantile(values, 1 - level))
    squares = np.square(values)
    threshold = float(np.quantile(squares, 1 - _TAIL))
    beyond = squares[squares > threshold] - threshold
    excess = float(beyond.mean()) if len(beyond) else 0.0
    return math.sqrt(threshold + excess * math.log(_TAIL / level))


def sources_needed(level: float) -> int:
    """Fewest sources with which a test can be significant at this level at all: 2^(1 - K) ≤ level."""
    return 1 + math.ceil(math.log2(1 / level))


def _keeps_all(outcome: FlipOutcome, level: float) -> bool:
    """Whether so many flips keep a shared drift whole that no size of it is significant."""
    return float((outcome.balance > _WHOLE).mean()) > level


def _variation(flipped: NDArray[np.float64], test: Test) -> tuple[float, float]:
    """Standard deviation along one direction, and the size that chance adds across it."""
    if test == "ks":
        return 0.5 * float(np.median(flipped)) / _MEDIAN_SUPREMUM, 0.0
    square = float(np.square(flipped).mean())
    if not square:
        return 0.0, 0.0
    # Of as many equal directions as give this variance of the squares: chi-squared has twice its degrees of freedom.
    directions = max(1.0, 2 * square**2 / max(float(np.square(flipped).var()), 1e-300))
    return math.sqrt(square / directions), math.sqrt(square * (directions - 1) / directions)
