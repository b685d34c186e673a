"""Values: the numbers of a variant, means over its trainings, with intervals that count images and trainings."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from statistics import NormalDist

from assay.comparison.corrected_t import corrected_resampled_t
from assay.comparison.seeds import seed_spread
from assay.evaluation.catalogue import metric as metric_entry
from assay.evaluation.cost import EXACT
from assay.evaluation.evidence import Named
from assay.measurement import Measurement
from assay.studies.result import Value


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
    keys = dict.fromkeys(key for training in each for key in training)
    return tuple(_value(key, [training.get(key) for training in each], confidence, test_share) for key in keys)


def _value(
    key: tuple[str, str | None], each: Sequence[Measurement | None], confidence: float, test_share: float | None
) -> Value:
    points = tuple(None if measured is None else measured.value for measured in each)
    known = [measured for measured in each if measured is not None and measured.value is not None]
    if len(known) < len(each):
        n = max((measured.n for measured in each if measured is not None), default=0)
        lacking = f"undefined in {len(each) - len(known)} of {len(each)} trainings"
        return Value(*key, Measurement(None, None, None, n, lacking), points)
    return Value(*key, _clipped(key[0], _mean(known, confidence, test_share)), points)


def _mean(each: Sequence[Measurement], confidence: float, test_share: float | None) -> Measurement:
    values = [measured.value or 0.0 for measured in each]
    if len(each) == 1 or (all(measured.method == EXACT for measured in each) and max(values) == min(values)):
        return each[0]
    if test_share is not None:
        mean = corrected_resampled_t(values, test_share=test_share, confidence=confidence)
        n = sum(measured.n for measured in each)
        return Measurement(mean.mean, mean.low, mean.high, n, f"corrected resampled t over {len(each)} folds")
    variances = [variance for measured in each if (variance := _variance(measured, confidence)) is not None]
    spread = seed_spread(values, math.fsum(variances) / len(variances) if variances else 0.0, confidence=confidence)
    assert spread is not None
    counted = "images and seeds" if variances else "seeds alone"
    method = f"t over {counted}, {len(each)} trainings"
    return Measurement(math.fsum(values) / len(values), spread.low, spread.high, each[0].n, method)


def _clipped(metric: str, measured: Measurement) -> Measurement:
    """Within the scale of the metric: a t interval does not know that an F1 cannot be negative."""
    scale = metric_entry(metric).scale
    if measured.low is None or measured.high is None or scale is None:
        return measured
    return replace(
        measured,
        low=max(measured.low, scale[0]),
        high=measured.high if scale[1] is None else min(measured.high, scale[1]),
    )


def _variance(measured: Measurement, confidence: float) -> float | None:
    """That an interval says, taken for a normal one; None without an interval."""
    if measured.low is None or measured.high is None:
        return None
    return ((measured.high - measured.low) / (2 * NormalDist().inv_cdf((1 + confidence) / 2))) ** 2
