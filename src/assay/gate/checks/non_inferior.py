"""NonInferior: the candidate is surely not worse than the champion by more than a margin, overall and in any class."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Literal

from assay.comparison.one_sided import MetricGain
from assay.config.bounds import Between
from assay.evaluation.catalogue import label_of
from assay.gate.champion_check import ChampionCheck, gain_words, part_of
from assay.gate.check import Finding
from assay.gate.verdict import CheckPart


@dataclass(frozen=True)
class NonInferior(ChampionCheck):
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
        near = f"significantly less than {self.margin:g} below the champion's"
        return f"{label_of(self.metric)} non-inferior, {near}{self.about_classes}"

    def held(self, gained: Sequence[MetricGain], level: float, words: str) -> Finding:
        """Hold the lower bounds of the gains against the margins."""
        parts: list[CheckPart] = []
        held: list[str] = []
        lost: list[str] = []
        for gain in gained:
            margin = self.margin if gain.class_name is None or self.class_margin is None else self.class_margin
            passed = gain.gain.low is not None and gain.gain.low > -margin
            parts.append(part_of(gain, -margin, passed))
            (held if passed else lost).append(gain_words(gain))
        if lost:
            return Finding(False, f"non-inferiority not shown: {'; '.join(lost)}; {words}", tuple(parts), -self.margin)
        return Finding(True, f"{'; '.join(held[:3])}; {words}", tuple(parts), -self.margin)
