"""Against: what the checks that hold the candidate against the champion have in common."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from assay.errors import GateError
from assay.evaluation.comparison.one_sided import Gain, gains
from assay.registry.case import Case
from assay.registry.challengers import spent
from assay.registry.check import Found
from assay.registry.verdict import Part
from assay.studies.decision.metric import label

Counting = Literal["counted", "ignored"]
OtherClasses = Literal["refused", "allowed"]


def without_comparison(case: Case, other_classes: OtherClasses) -> Found | None:
    """The answer where there is nothing to compare with; None where there is.

    Raises:
        GateError: there is no candidate to compare.
    """
    champion, candidate = case.champion, case.candidate.bundle
    if not champion.version:
        return Found(True, "first champion: nobody reigns, so there is nothing to be compared with")
    who = f"the champion, version {champion.version} of {case.model},"
    if champion.bundle is None:
        return Found(
            False,
            f"{who} cannot be loaded: {champion.problem}. Bring its files back, go back to a version that loads with "
            "assay rollback, or override",
        )
    mine, theirs = candidate.about.class_names, champion.bundle.about.class_names
    if mine != theirs:
        said = f"{who} knows the classes {', '.join(theirs)}, the candidate knows {', '.join(mine)}"
        if other_classes == "allowed":
            return Found(True, f"not compared: {said}; other_classes=allowed lets that pass")
        return Found(False, f"{said}; they cannot be compared. other_classes=allowed lets that pass")
    if champion.test_digest != case.run.test.digest:
        return Found(
            False,
            f"{who} was judged on other test images ({champion.test_digest[:12] or 'unknown'}) than the candidate "
            f"({case.run.test.digest[:12]}), and may have been trained on these. Train the candidate with the "
            "champion's split",
        )
    return None


def level_of(case: Case, alpha: float, challengers: Counting) -> tuple[float, str]:
    """The level that the candidate is tested at, and how it comes about.

    Raises:
        GateError: the candidate's place is not known though it counts.
    """
    if challengers == "ignored":
        return alpha, f"level {alpha:g}, however many were tried before"
    if case.challenger is None:
        raise GateError("how many were tried on these test images is not known, so no level can be given")
    level = spent(alpha, case.challenger)
    return level, f"level {level:.2g}, as challenger {case.challenger} on these test images"


def compared(case: Case, metrics: Sequence[str], level: float) -> list[Gain]:
    """What the candidate gains over the champion, both scored now.

    Raises:
        AssayError: one of them cannot be scored, or a metric is not known.
    """
    return gains(case.reigning.calibrated, case.candidate.calibrated, metrics, level=level, seed=case.settings.seed)


def established(gain: Gain, level: float) -> bool:
    """Whether a gain is not chance: its p is at most the level, and its bound is above 0; what is undefined is not."""
    return gain.p is not None and gain.gain.low is not None and gain.p <= level and gain.gain.low > 0


def part_of(gain: Gain, asked: float, passed: bool, lack: float | None = None) -> Part:
    """A gain as the part of a result; what it lacks is how far its bound is below `asked`, unless `lack` says it."""
    low = gain.gain.low if gain.gain.low is not None else gain.gain.value
    if lack is None and not passed and low is not None and low < asked:
        lack = asked - low
    return Part(gain.class_name or "", gain.gain, passed, lack, asked)


def gain_words(gain: Gain) -> str:
    """`Macro-F1 +0.012 (at least -0.004)`."""
    name = label(gain.metric, gain.class_name)
    if gain.gain.value is None:
        return f"{name} undefined"
    bound = "no bound" if gain.gain.low is None else f"surely {gain.gain.low:+.3f} or more"
    return f"{name} {gain.gain.value:+.3f} ({bound})"
