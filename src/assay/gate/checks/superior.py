"""Superior: the candidate is significantly better than the champion, by so much, and no class pays for it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Literal

from assay.comparison.one_sided import MetricGain
from assay.config.bounds import Between
from assay.evaluation.catalogue import label_of
from assay.gate.champion_check import ChampionCheck, established, gain_words, part_of
from assay.gate.check import Finding
from assay.gate.verdict import CheckPart


@dataclass(frozen=True)
class Superior(ChampionCheck):
    """Superiority on the same images: a gain that is not chance, and as large as asked for.

    Not chance means both that the p of swapping the two models' answers (McNemar's exact test for accuracy) is at most
    the level, and that the one-sided bound of the paired bootstrap is above 0. Classes are held to a margin at the same
    level, all of them, which can only refuse more.

    Attributes:
        gain: that the observed gain has to reach; 0 asks only that there is one.
        metric: one number of the evidence, `macro_f1`, `accuracy`, …
        class_margin: that may be lost in the F1 of any class, at most; null looks at no class.
        alpha: level of all challengers together.
        challengers: "counted" spends the level over all that were tried on these test images; "ignored" gives each
            one all of it, and promotes the luckiest of many.
        other_classes: whether a champion with other classes is a reason to refuse, or is not compared.
    """

    gain: Annotated[float, Between(0, 1)] = 0.0
    metric: str = "macro_f1"
    class_margin: Annotated[float | None, Between(0, 1)] = None
    alpha: Annotated[float, Between(0.0001, 0.25)] = 0.05
    challengers: Literal["counted", "ignored"] = "counted"
    other_classes: Literal["refused", "allowed"] = "refused"

    @property
    def asked(self) -> str:
        """What is asked for."""
        much = f" by {self.gain:g} or more" if self.gain else ""
        better = f"{label_of(self.metric)} better than the champion's{much}"
        return f"{better}, significantly{self.about_classes}"

    def held(self, gained: Sequence[MetricGain], level: float, words: str) -> Finding:
        """Ask whether the gain is significant."""
        parts: list[CheckPart] = []
        lacks: list[str] = []
        held: list[str] = []
        for gain in gained:
            low, value, p = gain.gain.low, gain.gain.value, gain.p
            if gain.class_name is not None and self.class_margin is not None:
                passed = low is not None and low > -self.class_margin
                parts.append(part_of(gain, -self.class_margin, passed))
            else:
                sure = established(gain, level)
                large = value is not None and value >= self.gain
                passed = sure and large
                lack = self.gain - value if sure and not large and value is not None else None
                parts.append(part_of(gain, 0.0, passed, lack))
                if sure and not large:
                    lacks.append(f"significant, but smaller than {self.gain:g}")
                elif not sure:
                    lacks.append(f"not significant (p {_p(p)})")
                else:
                    held.append(f"p {_p(p)}, {gain.test}")
            (held if passed else lacks).append(gain_words(gain))
        reasons = lacks or held
        return Finding(not lacks, f"{'; '.join(reasons[:6])}; {words}", tuple(parts), 0.0)


def _p(p: float | None) -> str:
    return "undefined" if p is None else f"{p:.2g}"
