"""NonInferior: the candidate is surely not worse than the champion by more than a margin, overall and in any class."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Literal

from assay.config.bounds import Between
from assay.registry.against import compared, gain_words, level_of, part_of, without_comparison
from assay.registry.case import Case
from assay.registry.check import Check, Found
from assay.registry.verdict import Part
from assay.studies.decision.metric import label

PER_CLASS = "f1"


@dataclass(frozen=True)
class NonInferior(Check):
    """Non-inferiority on the same images, by the one-sided bound of the paired bootstrap.

    Overall metric and classes all have to hold, so the chance that a candidate passes which truly loses more than a
    margin is at most the level, without any correction for their number (intersection-union test, Berger 1982).

    Attributes:
        margin: that may be lost in the metric, at most.
        metric: one number of the evidence, `macro_f1`, `accuracy`, `ece`, …
        class_margin: that may be lost in the F1 of any class, at most; null looks at no class.
        alpha: level of all challengers together.
        challengers: "counted" spends the level over all that were tried on these test images; "ignored" gives each
            one all of it.
        other_classes: whether a champion with other classes is a reason to refuse, or is not compared.
    """

    margin: Annotated[float, Between(0, 1)]
    metric: str = "macro_f1"
    class_margin: Annotated[float | None, Between(0, 1)] = None
    alpha: Annotated[float, Between(0.0001, 0.25)] = 0.05
    challengers: Literal["counted", "ignored"] = "counted"
    other_classes: Literal["refused", "allowed"] = "refused"

    @property
    def asked(self) -> str:
        """What is asked for."""
        worst = "" if self.class_margin is None else f", and no class loses {self.class_margin:g} or more of its F1"
        return f"{label(self.metric)} surely not {self.margin:g} or more below the champion's{worst}"

    def look(self, case: Case) -> Found:
        """Score both now and hold the lower bounds of the gains against the margins."""
        if (answer := without_comparison(case, self.other_classes)) is not None:
            return answer
        level, words = level_of(case, self.alpha, self.challengers)
        metrics = [self.metric] if self.class_margin is None else [self.metric, PER_CLASS]
        parts: list[Part] = []
        held: list[str] = []
        lost: list[str] = []
        for gain in compared(case, metrics, level):
            margin = self.margin if gain.class_name is None or self.class_margin is None else self.class_margin
            passed = gain.gain.low is not None and gain.gain.low > -margin
            parts.append(part_of(gain, -margin, passed))
            (held if passed else lost).append(gain_words(gain))
        if lost:
            return Found(False, f"not shown: {'; '.join(lost)}; {words}", tuple(parts), -self.margin)
        return Found(True, f"{'; '.join(held[:3])}; {words}", tuple(parts), -self.margin)
