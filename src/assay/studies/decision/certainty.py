"""Where no image differs, resampling gives an interval without width, however few images there are."""

from __future__ import annotations

from dataclasses import replace

from assay.measurement import Measurement
from assay.studies.decision.metric import COST
from assay.studies.result import StudyResult, Value, VariantResult

NO_WIDTH = 1e-12


def without_false_certainty(study: StudyResult) -> StudyResult:
    """The same study, its intervals without width replaced by what so many images can show.

    A class of which all of 5 images are right has F1 1 in every resample, and an interval from 1 to 1. What all of n
    images show is a share of at least a^(1/n), a being half of what the intervals leave out: 0.48 for 5 images, 0.96
    for 100, at 95 %. At 0 it is the same from below. Such an interval anywhere else is none. Costs are left alone.

    Source: Clopper and Pearson (1934); Hanley and Lippman-Hand (1983), "If nothing goes wrong, is everything all
    right?"
    """

    def value(one: Value) -> Value:
        return replace(one, measured=without_false_width(one.metric, one.measured, confidence=study.confidence))

    def variant(one: VariantResult) -> VariantResult:
        return replace(one, values=tuple(map(value, one.values)))

    return replace(study, variants=tuple(map(variant, study.variants)))


def without_false_width(metric: str, one: Measurement, *, confidence: float, groups: int | None = None) -> Measurement:
    """The same number; an interval without width gives way to what so many images can show, see above.

    Args:
        metric: its name.
        one: the number.
        confidence: level of its interval.
        groups: that its images fall into, where it is known; images of one group show no more than one of them does.
    """
    tail = (1 - confidence) / 2
    if (
        metric.startswith(COST)
        or one.value is None
        or one.low is None
        or one.high is None
        or one.high - one.low > NO_WIDTH
    ):
        return one
    if one.n < 1 or min(abs(one.value), abs(one.value - 1)) > NO_WIDTH:
        return replace(one, low=None, high=None, method=f"no interval: no resample differs ({one.method})")
    n = min(one.n, groups or one.n)
    reach = 1 - tail ** (1 / n)
    low, high = (one.value - reach, one.value) if one.value > 0.5 else (one.value, one.value + reach)
    return replace(
        one, low=low, high=high, method=f"what {n} {'images' if n == one.n else 'groups'} without exception show"
    )
