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

    def value(recorded: Value) -> Value:
        return replace(
            recorded, measured=without_false_width(recorded.metric, recorded.measured, confidence=study.confidence)
        )

    def variant(result: VariantResult) -> VariantResult:
        return replace(result, values=tuple(map(value, result.values)))

    return replace(study, variants=tuple(map(variant, study.variants)))


def without_false_width(
    metric: str, measured: Measurement, *, confidence: float, groups: int | None = None
) -> Measurement:
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
        or measured.value is None
        or measured.low is None
        or measured.high is None
        or measured.high - measured.low > NO_WIDTH
    ):
        return measured
    if measured.n < 1 or min(abs(measured.value), abs(measured.value - 1)) > NO_WIDTH:
        return replace(measured, low=None, high=None, method=f"no interval: no resample differs ({measured.method})")
    n = min(measured.n, groups or measured.n)
    reach = 1 - tail ** (1 / n)
    low, high = (
        (measured.value - reach, measured.value) if measured.value > 0.5 else (measured.value, measured.value + reach)
    )
    return replace(
        measured,
        low=low,
        high=high,
        method=f"what {n} {'images' if n == measured.n else 'groups'} without exception show",
    )
