"""AlarmThreshold: the p below which a look raises an alarm, so that false ones are as rare as is wanted."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from assay.monitoring.alarms.plan import AlarmPlan
from assay.monitoring.alarms.replay import Replays, replay
from assay.monitoring.profile import Profile
from assay.predictions import IntArray

FEWEST_BELOW = 10
"""Looks below a threshold from which it is read off the replays; a rarer one is scaled down from there."""
MOST_DRAWS = 200_000


@dataclass(frozen=True)
class AlarmThreshold:
    """A threshold and how it was found.

    Attributes:
        level: smallest p of a look, after Holm, at or below which it counts.
        low, high: interval of it, 95 %, from the number of looks that were replayed.
        alpha: false alarms at each look that are wanted.
        nominal: false alarms at each look if `level` had been `alpha`.
        looks: that were replayed.
        n: pictures of each window.
        wanted_n: pictures that windows should have had; more than `n` where the profile is small.
        words: what is promised.
    """

    level: float
    low: float
    high: float
    alpha: float
    nominal: float
    looks: int
    n: int
    wanted_n: int
    words: str

    def draws(self, tests: int) -> int:
        """Sign flips with which a p so small can be reached after Holm."""
        return int(np.clip(4 * tests / max(self.level, 1e-9), 19_999, MOST_DRAWS))


def calibrated_threshold(
    profile: Profile,
    block_sizes: IntArray,
    plan: AlarmPlan,
    *,
    fresh: float = 1.0,
    alike: bool = True,
    replays: int = 200,
    seed: int = 0,
) -> AlarmThreshold:
    """The threshold for this profile, these windows and this plan.

    Args:
        profile: the reference.
        block_sizes: [K], pictures that each source sends in a window.
        plan: looks, and false alarms that are accepted.
        fresh: share of a window that is new at the next look.
        alike: whether what one source sends resembles each other.
        replays: of `plan.of` looks each.
        seed: of the replays.
    """
    # Which looks make an alarm of several is only seen in a row of them.
    looks = 1 if plan.of == 1 else 2 * plan.of
    replays_of = replay(profile, block_sizes, looks=looks, fresh=fresh, alike=alike, replays=replays, seed=seed)
    return threshold_of(replays_of, plan)


def threshold_of(replays: Replays, plan: AlarmPlan) -> AlarmThreshold:
    """The threshold at which alarms of the replays are as rare as the plan wants.

    Args:
        replays: looks at windows without drift.
        plan: looks, and false alarms that are accepted.
    """
    crossed = crossing_levels(replays.smallest, plan.needed, plan.of)
    low, level, high = _quantiles(crossed, plan.alpha)
    if replays.n < replays.wanted_n and plan.of == 1:
        # Few pictures make p-values that are too large, so smaller windows must not loosen the level of larger ones.
        low, level = min(low, plan.alpha), min(level, plan.alpha)
    return AlarmThreshold(
        level=level,
        low=low,
        high=high,
        alpha=plan.alpha,
        nominal=float((crossed <= plan.alpha).mean()),
        looks=int(replays.smallest.size),
        n=replays.n,
        wanted_n=replays.wanted_n,
        words=plan.words,
    )


def crossing_levels(smallest: NDArray[np.float64], needed: int, of: int) -> NDArray[np.float64]:
    """The level from which on each look would be an alarm: the needed-th smallest of its last `of` looks, flat.

    Args:
        smallest: [R, L], p of each look; the first `of` - 1 of a row have too few before them and are left out.
        needed, of: of the plan.
    """
    windows = np.lib.stride_tricks.sliding_window_view(smallest, of, axis=1)
    return np.asarray(np.sort(windows, axis=2)[:, :, needed - 1].ravel())


def _quantiles(levels: NDArray[np.float64], share: float) -> tuple[float, float, float]:
    """Level that this share lies at or below, between its ends by the ranks that a binomial count may have."""
    from scipy.stats import binom

    count = len(levels)
    # Below what few looks tell, p-values are taken to be as uniform as they are there.
    readable = min(1.0, max(share, FEWEST_BELOW / count))
    ordered = np.sort(levels)
    ranks = binom.ppf([0.025, 0.5, 0.975], count, readable).astype(int)
    low, level, high = (float(ordered[min(max(rank, 1), count) - 1]) for rank in ranks)
    scale = share / readable
    return low * scale, min(1.0, level * scale), min(1.0, high * scale)
