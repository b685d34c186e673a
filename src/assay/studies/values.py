"""Values: the numbers of a variant, means over its trainings, with intervals that count images and trainings."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from statistics import NormalDist

from assay.comparison.corrected_t import corrected_resampled_t
from assay.comparison.seeds import seed_spread
from assay.evaluation.catalogue import words_for
from assay.evaluation.evidence import Evidence
from assay.measurement import Measurement
from assay.studies.result import Value

Named = dict[tuple[str, str | None], Measurement]
PER_CLASS = ("f1", "recall", "precision")
EXACT = "exact"


def measurements(evidence: Evidence) -> Named:
    """Everything that evidence logs or knows per class, by (metric, class), with its interval where it has one."""
    test = f"{evidence.split}/"
    found: Named = {
        (name.removeprefix(test), None): Measurement(value, None, None, evidence.n, "no interval")
        for name, value in evidence.flat().items()
    }
    known = {(name, None): one for name, one in evidence.metrics.items()}
    if evidence.ood is not None:
        for those in evidence.ood.sets:
            known[f"ood/auroc/{those.name}", None] = those.panel[evidence.ood.detector].auroc
        known["ood/false_reject", None] = evidence.ood.test.away
    if evidence.robustness is not None:
        known["robust/relative", None] = evidence.robustness.relative
    if evidence.reject is not None:
        known |= {("reject/coverage", None): evidence.reject.coverage, ("reject/risk", None): evidence.reject.risk}
    if evidence.generators is not None:
        known |= {(name, None): one for name, one in evidence.generators.measured().items()}
    found |= {key: one for key, one in known.items() if key in found}
    found |= _costs(evidence)
    for name in PER_CLASS:
        found |= {(name, row.name): getattr(row, name) for row in evidence.per_class}
    if evidence.memorisation is not None:
        found |= {("gap/recall", row.name): row.recall_gap for row in evidence.memorisation.classes}
    return found


def over_trainings(each: Sequence[Named], *, confidence: float, test_share: float | None = None) -> tuple[Value, ...]:
    """One value for each number that all trainings have.

    Over seeds, the interval has the variance that the choice of images leaves (taken from the trainings' own intervals,
    on average: their errors are on the same images, so averaging over seeds hardly lessens it) plus that of the seeds.
    Over folds it is Nadeau and Bengio's.

    Args:
        each: of each training.
        confidence: level of the intervals.
        test_share: n_test / n_train of a cross-validation; None for trainings that were tested on the same images.
    """
    if not each:
        return ()
    keys = dict.fromkeys(key for one in each for key in one)
    return tuple(_value(key, [one.get(key) for one in each], confidence, test_share) for key in keys)


def _value(
    key: tuple[str, str | None], each: Sequence[Measurement | None], confidence: float, test_share: float | None
) -> Value:
    points = tuple(None if one is None else one.value for one in each)
    known = [one for one in each if one is not None and one.value is not None]
    if len(known) < len(each):
        n = max((one.n for one in each if one is not None), default=0)
        lacking = f"undefined in {len(each) - len(known)} of {len(each)} trainings"
        return Value(*key, Measurement(None, None, None, n, lacking), points)
    return Value(*key, _clipped(key[0], _mean(known, confidence, test_share)), points)


def _mean(each: Sequence[Measurement], confidence: float, test_share: float | None) -> Measurement:
    values = [one.value or 0.0 for one in each]
    if len(each) == 1 or (all(one.method == EXACT for one in each) and max(values) == min(values)):
        return each[0]
    if test_share is not None:
        found = corrected_resampled_t(values, test_share=test_share, confidence=confidence)
        n = sum(one.n for one in each)
        return Measurement(found.mean, found.low, found.high, n, f"corrected resampled t over {len(each)} folds")
    variances = [variance for one in each if (variance := _variance(one, confidence)) is not None]
    spread = seed_spread(values, math.fsum(variances) / len(variances) if variances else 0.0, confidence=confidence)
    assert spread is not None
    counted = "images and seeds" if variances else "seeds alone"
    method = f"t over {counted}, {len(each)} trainings"
    return Measurement(math.fsum(values) / len(values), spread.low, spread.high, each[0].n, method)


def _clipped(metric: str, one: Measurement) -> Measurement:
    """Within the scale of the metric: a t interval does not know that an F1 cannot be negative."""
    words = words_for("f1" if metric in PER_CLASS else metric)
    if one.low is None or one.high is None or not words.meaning:
        return one
    high = one.high if words.high is None else min(one.high, words.high)
    return replace(one, low=max(one.low, words.low), high=high)


def _costs(evidence: Evidence) -> Named:
    cost = evidence.cost
    if cost is None:
        return {}
    found: Named = {("cost/size_mb", None): Measurement(cost.size_mb, cost.size_mb, cost.size_mb, 1, EXACT)}
    if cost.latency_p95_ms is not None:
        low, high = cost.latency_p95_interval or (None, None)
        method = "order statistics" if cost.latency_p95_interval else "no interval"
        found["cost/latency_p95_ms", None] = Measurement(cost.latency_p95_ms, low, high, cost.latency_n, method)
    return found


def _variance(one: Measurement, confidence: float) -> float | None:
    """That an interval says, taken for a normal one; None without an interval."""
    if one.low is None or one.high is None:
        return None
    return ((one.high - one.low) / (2 * NormalDist().inv_cdf((1 + confidence) / 2))) ** 2
