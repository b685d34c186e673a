"""What could have been seen: the smallest effect of each test as a fall of something that people know."""

from __future__ import annotations

import math
from dataclasses import dataclass
from statistics import NormalDist

import numpy as np

from assay.monitoring.drift.detectable import POWER, smallest_detectable, smallest_share_change, sources_needed
from assay.monitoring.drift.effects import cramers_v, ks_distance
from assay.monitoring.drift.family import MeasuredDrift
from assay.monitoring.profile import Profile

FEWEST_MISTAKES = 10
NOTHING = "nothing, however large: the pictures come from too few sources, or too few of them have it"


@dataclass(frozen=True)
class Detectable:
    """What one test would have shown with power .8.

    Attributes:
        effect: smallest effect, in the unit of the test's effect size; None where none would have been significant.
        words: the same as people know it.
        accuracy: what accuracy may have fallen by without being seen in this measure; None where that is not known.
    """

    effect: float | None
    words: str
    accuracy: float | None = None


def detectable(drift: MeasuredDrift, profile: Profile, *, level: float) -> Detectable:
    """What this test would have shown at this window's size and sources.

    Args:
        drift: of one measure.
        profile: the reference.
        level: of one test, after correction for all others.
    """
    if drift.outcome is None:
        return Detectable(None, f"nothing: {drift.n} pictures have it")
    column = drift.measure.column
    if column in ("rejected", "domain"):
        return _of_share(drift, profile, level)
    effect = smallest_detectable(drift.outcome, drift.measure.test, level=level)
    if effect is not None and drift.measure.test == "ks":
        effect = max(effect, _fewest_moved(level) / drift.n)
    if drift.measure.test == "ks":
        if effect is None or effect > 1:
            return Detectable(None, NOTHING)
        if column == "confidence":
            return _of_confidence(effect, profile)
        return Detectable(effect, f"{effect:.0%} of the pictures past one value of {drift.measure.label}")
    if effect is None:
        return Detectable(None, NOTHING)
    if drift.measure.test == "mmd":
        return Detectable(effect, f"an MMD of {effect:.2f}")
    n, reference = drift.n, len(profile)
    cramers_v = min(1.0, effect * float(np.sqrt(n * reference)) / (n + reference))
    return Detectable(cramers_v, f"a Cramér's V of {cramers_v:.2f} between predicted classes")


def _fewest_moved(level: float) -> float:
    """Pictures that have to move for flips to be significant, and as many again as chance takes from them."""
    needed = sources_needed(level)
    return needed + NormalDist().inv_cdf(POWER) * math.sqrt(needed)


def _of_share(drift: MeasuredDrift, profile: Profile, level: float) -> Detectable:
    assert drift.outcome is not None
    rejects = drift.measure.column == "rejected"
    share = float(profile.rejected.mean()) if rejects else float((profile.domain == 0).mean())
    sizes = len(profile), drift.n
    change = smallest_share_change(drift.outcome, share, sizes, level=level)
    if change is None:
        return Detectable(None, NOTHING)
    if rejects:
        up = share < 0.5
        moved = share + change if up else share - change
        words = f"a {'rise' if up else 'fall'} of the share rejected from {_share(share)} to {_share(moved)}"
        return Detectable(_as_cramers_v(share, moved, sizes), words)
    if share < 0.5:
        moved = share + change
        words = f"a rise of the share in-domain from {_share(share)} to {_share(moved)}"
        return Detectable(_as_cramers_v(share, moved, sizes), words)
    moved = max(0.0, share - change)
    accuracy = float((profile.predicted == profile.labels).mean())
    words = (
        f"a fall of the share in-domain from {_share(share)} to {_share(moved)}; accuracy would be "
        f"{_share(max(0.0, accuracy - change))} instead of {_share(accuracy)} if all that left it were wrong"
    )
    return Detectable(_as_cramers_v(share, moved, sizes), words, change)


def _as_cramers_v(share: float, moved: float, sizes: tuple[int, int]) -> float:
    first, second = (n * np.array([part, 1 - part]) for n, part in zip(sizes, (share, moved), strict=True))
    return cramers_v(first, second)


def _of_confidence(effect: float, profile: Profile) -> Detectable:
    wrong = profile.predicted != profile.labels
    words = f"{effect:.0%} of the answers past one confidence"
    if wrong.sum() < FEWEST_MISTAKES or wrong.all():
        return Detectable(effect, words)
    apart = ks_distance(profile.confidence[~wrong], profile.confidence[wrong])
    if apart <= effect:
        return Detectable(effect, f"{words}: more than if every right answer became a wrong one")
    # Right answers that become wrong, and are as confident as wrong ones are in the reference.
    accuracy = float(1 - wrong.mean())
    fall = min(accuracy, effect / apart)
    words = (
        f"a fall of accuracy from {_share(accuracy)} to {_share(accuracy - fall)}, if the model is as sure of its new "
        "mistakes as it is of those in the reference"
    )
    return Detectable(effect, words, fall)


def _share(value: float) -> str:
    return f"{value:.2f}".removeprefix("0") if 0 < value < 1 else f"{value:.2f}"
