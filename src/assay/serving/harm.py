"""Harm: whether a rival fails more often, rejects more or is slower than the champion, beyond what chance does."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from assay.gate.alpha_spending import alpha_at

ALPHA = 0.01
"""Chance that a rival which is no worse is ever stopped, over all looks of an experiment."""
QUESTIONS = 3
FACTOR, MARGIN_MS = 1.5, 20.0
"""How much slower the slowest twentieth has to be, in both ways, before it is called slower."""
SLOW = 0.95


def level_of_look(look: int) -> float:
    """The level of each of the three questions at one look, from 1: ALPHA / 3 / (k (k + 1)).

    Over all looks and questions they sum to `ALPHA`, so however often one looks, and whatever the answers have to do
    with each other, an equal rival is stopped with that probability at most (Bonferroni, with the gate's spending).
    """
    return alpha_at(ALPHA / QUESTIONS, look)


@dataclass(frozen=True)
class HitCount:
    """How often something happened.

    Attributes:
        hits: how often.
        n: of how many.
    """

    hits: int
    n: int

    def __str__(self) -> str:
        return f"{self.hits} of {self.n}"


def p_more_often(rival: HitCount, champion: HitCount) -> float:
    """P of as many hits of the rival, or more, among all that there were, when hits do not look at the arm.

    Fisher's exact test, one-sided: hits of the rival are hypergeometric. Units have to be what was drawn by lot.

    Source: Fisher (1934), "Statistical Methods for Research Workers", section 21.02.
    """
    from scipy.stats import hypergeom

    if not rival.n or not champion.n:
        return 1.0
    hits = rival.hits + champion.hits
    return float(hypergeom.sf(rival.hits - 1, rival.n + champion.n, hits, rival.n))


def p_more_of_pairs(rival_alone: int, champion_alone: int) -> float:
    """P of so many of the discordant pairs being the rival's, or more, when each is whose by a coin.

    Source: McNemar (1947), exact form, one-sided.
    """
    from scipy.stats import binom

    return float(binom.sf(rival_alone - 1, rival_alone + champion_alone, 0.5))


def keys_above(rival: Sequence[float], champion: Sequence[float]) -> tuple[HitCount, HitCount]:
    """How many keys of each arm have a share above the median of all keys.

    Keys are what is drawn by lot, so they are what is counted: a client's five hundred pictures are one draw. Where the
    arms are alike, which keys lie above the median has nothing to do with the lot, and `p_more_often` is exact.

    Args:
        rival, champion: the share of each key.

    Source: Mood (1950), the median test, on the units of randomisation.
    """
    middle = float(np.median([*rival, *champion])) if (*rival, *champion) else 0.0
    return (
        HitCount(sum(share > middle for share in rival), len(rival)),
        HitCount(sum(share > middle for share in champion), len(champion)),
    )


def slower_by(rival_ms: Sequence[float], champion_ms: Sequence[float], *, level: float) -> tuple[float, float] | None:
    """Bounds that show that the rival is slower; None where they do not.

    The 95th percentile of the rival is above the first, that of the champion below the second, each but for half the
    level; and the first is more than `FACTOR` times and `MARGIN_MS` above the second. Both are order statistics, whose
    ranks are binomial whatever the distribution; times are taken as independent of each other.

    Args:
        rival_ms, champion_ms: milliseconds.
        level: of the two bounds together.

    Source: David and Nagaraja (2003), "Order Statistics", section 7.1.
    """
    from scipy.stats import binom

    if not rival_ms or not champion_ms:
        return None
    rank = int(binom.ppf(level / 2, len(rival_ms), SLOW))
    upper = int(binom.ppf(1 - level / 2, len(champion_ms), SLOW)) + 1
    if rank < 1 or upper > len(champion_ms):
        return None
    low, high = sorted(rival_ms)[rank - 1], sorted(champion_ms)[upper - 1]
    return (low, high) if low > FACTOR * high and low > high + MARGIN_MS else None
