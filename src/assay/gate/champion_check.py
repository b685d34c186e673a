"""Champion check: what the checks that hold the candidate against the champion have in common."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence
from typing import Literal

from assay.comparison.one_sided import MetricGain, gains
from assay.errors import GateError
from assay.evaluation.catalogue import label_of
from assay.gate.alpha_spending import alpha_at
from assay.gate.case import Case
from assay.gate.check import Check, Finding
from assay.gate.verdict import CheckPart

Counting = Literal["counted", "ignored"]
OtherClasses = Literal["refused", "allowed"]
PER_CLASS = "f1"


class ChampionCheck(Check):
    """The candidate held against the champion, both scored now; its arguments are fields of the checks.

    Attributes:
        metric: one number of the evidence.
        class_margin: that may be lost in the F1 of any class, at most; None looks at no class.
        alpha: level of all challengers together.
        challengers: whether the level is spent over them.
        other_classes: whether a champion with other classes is a reason to refuse.
    """

    metric: str
    class_margin: float | None
    alpha: float
    challengers: Counting
    other_classes: OtherClasses

    def evaluate(self, case: Case) -> Finding:
        """Score both, unless there is nothing to compare with, and hold the gains against what is asked."""
        if (answer := without_comparison(case, self.other_classes)) is not None:
            return answer
        level, words = level_of(case, self.alpha, self.challengers)
        metrics = [self.metric] if self.class_margin is None else [self.metric, PER_CLASS]
        return self.held(compared(case, metrics, level), level, words)

    @abstractmethod
    def held(self, gained: Sequence[MetricGain], level: float, words: str) -> Finding:
        """The gains held against what is asked.

        Args:
            gained: in the metric, and in the F1 of each class where `class_margin` asks for it.
            level: that they are tested at.
            words: how that comes about.
        """

    @property
    def about_classes(self) -> str:
        """What is asked of single classes, as the end of a sentence."""
        if self.class_margin is None:
            return ""
        return f", and no class loses {self.class_margin:g} or more of its F1"


def without_comparison(case: Case, other_classes: OtherClasses) -> Finding | None:
    """The answer where there is nothing to compare with; None where there is.

    Raises:
        GateError: there is no candidate to compare.
    """
    champion, candidate = case.champion, case.candidate.bundle
    if not champion.version:
        return Finding(True, "first champion: there is no current champion to compare with")
    who = f"the champion, version {champion.version} of {case.model},"
    if champion.bundle is None:
        return Finding(
            False,
            f"{who} cannot be loaded: {champion.problem}. Bring its files back, go back to a version that loads with "
            "assay rollback, or override",
        )
    mine, theirs = candidate.about.class_names, champion.bundle.about.class_names
    if mine != theirs:
        message = f"{who} knows the classes {', '.join(theirs)}, the candidate knows {', '.join(mine)}"
        if other_classes == "allowed":
            return Finding(True, f"not compared: {message}; other_classes=allowed lets that pass")
        return Finding(False, f"{message}; they cannot be compared. other_classes=allowed lets that pass")
    if champion.test_digest != case.run.test.digest:
        return Finding(
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
    if case.test_set_rank is None:
        raise GateError("how many were tried on these test images is not known, so no level can be given")
    level = alpha_at(alpha, case.test_set_rank)
    return level, f"level {level:.2g}, as challenger {case.test_set_rank} on these test images"


def compared(case: Case, metrics: Sequence[str], level: float) -> list[MetricGain]:
    """What the candidate gains over the champion, both scored now.

    Raises:
        AssayError: one of them cannot be scored, or a metric is not known.
    """
    return gains(case.reigning.calibrated, case.candidate.calibrated, metrics, level=level, seed=case.settings.seed)


def established(gain: MetricGain, level: float) -> bool:
    """Whether a gain is not chance: its p is at most the level, and its bound is above 0; what is undefined is not."""
    return gain.p is not None and gain.gain.low is not None and gain.p <= level and gain.gain.low > 0


def part_of(gain: MetricGain, asked: float, passed: bool, lack: float | None = None) -> CheckPart:
    """A gain as the part of a result; what it lacks is how far its bound is below `asked`, unless `lack` says it."""
    low = gain.gain.low if gain.gain.low is not None else gain.gain.value
    if lack is None and not passed and low is not None and low < asked:
        lack = asked - low
    return CheckPart(gain.class_name or "", gain.gain, passed, lack, asked)


def gain_words(gain: MetricGain) -> str:
    """`Macro-F1 +0.012 (at least -0.004)`."""
    name = label_of(gain.metric, gain.class_name)
    if gain.gain.value is None:
        return f"{name} undefined"
    bound = "no bound" if gain.gain.low is None else f"lower bound {gain.gain.low:+.3f}"
    return f"{name} {gain.gain.value:+.3f} ({bound})"
