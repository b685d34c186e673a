"""Whether two variants are told apart in a metric, and by which evidence."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

from assay.comparison.comparison import Claim, Comparison
from assay.measurement import Measurement
from assay.studies.decision.metric import COST, better_side, ends
from assay.studies.result import StudyResult

Ground = Literal["paired", "through the baseline", "intervals", "values", "tolerance", "nothing"]
ESTABLISHED = ("better", "worse")


@dataclass(frozen=True)
class VariantDifference:
    """What is known of the difference between two variants.

    Attributes:
        better: name of the one that is shown to be better; None where they are not told apart.
        ground: what that rests on: "paired" claims of the comparison, two of them "through the baseline", the two
            "intervals", the bare "values" of a cost, a cost's "tolerance", or "nothing".
        p: of the paired claim, adjusted by Holm.
        difference: of the paired claim, variant minus baseline.
        more_images: that would establish a difference of the observed size four times out of five.
    """

    better: str | None
    ground: Ground
    p: float | None = None
    difference: Measurement | None = None
    more_images: int | None = None


class DecisionEvidence:
    """The differences between the variants of a study, as far as they are shown.

    A variant and the baseline are told apart by the paired claim of the study's comparison (same images, same seeds,
    corrected over all claims): by that alone, where there is one.

    Two other variants have no claim of their own. When one of them is established better than the baseline and the
    other established worse, they are told apart through it; one better and one not established says nothing, because
    the difference between "established" and "not established" need not be established itself (Gelman and Stern,
    2006). Otherwise their two intervals decide: they are told apart when these do not overlap. That is a weaker
    instrument than a paired test, on the careful side: two 95 % intervals of independent values of like width stay
    apart by chance in about 0.6 % of cases (Schenker and Gentleman, 2001), and answers about the same images hang
    together, which makes it fewer. The consequence is that real but small differences between two variants go
    unnoticed and cost decides between them; a study with one of them as baseline would look closer.

    A cost (`cost/…`) is a number that is read off: where one has no interval its value stands, and a difference
    counts only beyond the tolerance. Any other metric without an interval tells nothing apart.

    Args:
        study: with the intervals.
        comparison: of the same trainings; None where there is none.
        cost_tolerance: share by which costs have to differ.
    """

    def __init__(
        self, study: StudyResult, comparison: Comparison | None = None, *, cost_tolerance: float = 0.0
    ) -> None:
        self.baseline = study.baseline
        self._variants = {variant.name: variant for variant in study.variants}
        self._tolerance = cost_tolerance
        self._claims: dict[tuple[str, str], Claim] = {}
        for variant in comparison.variants if comparison else ():
            self._claims |= {
                (variant.side.name, claim.metric): claim for claim in variant.claims if claim.class_name is None
            }

    def difference(self, metric: str, first: str, second: str) -> VariantDifference:
        """What is known of the difference between two variants in a metric of one number."""
        if metric.startswith(COST):
            return self._cost(metric, first, second)
        for own, other in ((first, second), (second, first)):
            if other == self.baseline and (claim := self._claims.get((own, metric))):
                better = {"better": own, "worse": other}.get(claim.verdict)
                return VariantDifference(better, "paired", claim.p_holm, claim.difference, claim.more_images)
        claims = [self._claims.get((name, metric)) for name in (first, second)]
        verdicts = [claim.verdict if claim else "" for claim in claims]
        if sorted(verdicts) == sorted(ESTABLISHED):
            return VariantDifference(first if verdicts[0] == "better" else second, "through the baseline")
        return self._by_interval(metric, first, second)

    def value(self, metric: str, name: str) -> Measurement | None:
        """The number of a variant, with its interval."""
        value = self._variants[name].value(metric)
        return value.measured if value else None

    def _by_interval(self, metric: str, first: str, second: str) -> VariantDifference:
        spans = [ends(metric, self.value(metric, name)) for name in (first, second)]
        if spans[0] is None or spans[1] is None:
            return VariantDifference(None, "nothing")
        below, above = spans[0][1] < spans[1][0], spans[0][0] > spans[1][1]
        if not below and not above:
            return VariantDifference(None, "intervals")
        return VariantDifference(first if above == (better_side(metric) == "higher") else second, "intervals")

    def _cost(self, metric: str, first: str, second: str) -> VariantDifference:
        own, other = (measured.value if (measured := self.value(metric, name)) else None for name in (first, second))
        if own is None or other is None:
            return VariantDifference(None, "nothing")
        if math.isclose(own, other, rel_tol=self._tolerance, abs_tol=0.0):
            return VariantDifference(None, "tolerance")
        difference = self._by_interval(metric, first, second)
        if difference.ground != "nothing":
            return difference
        return VariantDifference(first if own < other else second, "values")


def fits(study: StudyResult, comparison: Comparison) -> bool:
    """Whether a comparison is one of this study: the same baseline, and no training that the study does not have."""
    runs = {
        variant.name: {training.run_id for training in variant.trainings if training.run_id}
        for variant in study.variants
    }
    sides = (comparison.baseline, *(variant.side for variant in comparison.variants))
    return comparison.baseline.name == study.baseline and all(
        side.name in runs and set(side.runs) <= runs[side.name] for side in sides
    )
