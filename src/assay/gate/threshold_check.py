"""Threshold check: what floor and ceiling have in common, a bound on a metric of the evidence."""

from __future__ import annotations

import math
from abc import abstractmethod

from assay.comparison.words import rounded
from assay.errors import ConfigError
from assay.evaluation.catalogue import label_of
from assay.evaluation.catalogue import metric as metric_entry
from assay.gate.case import Case
from assay.gate.check import Check, Finding
from assay.gate.numbers import parts_of
from assay.gate.verdict import CheckPart
from assay.measurement import Measurement
from assay.studies.decision.criterion import Criterion
from assay.studies.decision.judge import JudgedPart, Judgement, hold
from assay.studies.decision.metric import better_side, bound, ends, number, with_interval


class ThresholdCheck(Check):
    """A bound on a metric, on the side on which it is worse.

    Raises:
        ConfigError: the bound is on the other side, or no number.
    """

    @property
    @abstractmethod
    def criterion(self) -> Criterion:
        """The bound."""

    def __post_init__(self) -> None:
        _refuse_wrong_side(self.criterion)

    @property
    def asked(self) -> str:
        """What is asked for."""
        return _asked(self.criterion)

    def evaluate(self, case: Case) -> Finding:
        """Hold the metric against the bound."""
        return _judged(case, self.criterion)


def _refuse_wrong_side(criterion: Criterion) -> None:
    """A floor under what should be low says nothing, nor does a bound that everything keeps, or nothing.

    Raises:
        ConfigError: the bound is on the worse side of the metric, NaN or infinite.
    """
    side, limit = better_side(criterion.metric), _limit(criterion)
    if not math.isfinite(limit):
        raise ConfigError(f"{criterion.metric}: the bound must be a finite number, got {limit}; null takes it away")
    if side == "lower" and criterion.at_most is None:
        raise ConfigError(f"{criterion.metric}: lower is better; take assay.gate.checks.ceiling.Ceiling and at_most")
    if side == "higher" and criterion.at_least is None:
        raise ConfigError(f"{criterion.metric}: higher is better; take assay.gate.checks.floor.Floor and at_least")


def _asked(criterion: Criterion) -> str:
    """`F1 of every class at least 0.85, with the whole interval`."""
    limit = _limit(criterion)
    word = "at most" if criterion.at_least is None else "at least"
    how = "the whole interval" if criterion.sure else "the value alone"
    return f"{_name(criterion.metric)} {word} {bound(criterion.metric, limit)}, by {how}"


def _judged(case: Case, criterion: Criterion) -> Finding:
    """The numbers of this metric held against the bound.

    Raises:
        AssayError: the candidate cannot be scored, or nobody measured the metric.
    """
    metric = criterion.metric
    numbers = parts_of(case, metric)
    judgement = Judgement(criterion, tuple(hold(criterion, name, measured) for name, measured in numbers))
    parts = tuple(
        CheckPart(part.class_name or "", part.measured, part.state == "met", _lack(criterion, part))
        for part in judgement.parts
    )
    passed = not judgement.failing
    sentence = _passed(judgement) if passed else _failed(judgement)
    return Finding(passed, sentence + _band(case, metric) + _busy(case, metric), parts, _limit(criterion))


def _limit(criterion: Criterion) -> float:
    limit = criterion.at_least if criterion.at_most is None else criterion.at_most
    assert limit is not None
    return limit


def _name(metric: str) -> str:
    """What a bound is on: a metric, that of every class, or all that a name with a slash stands for."""
    if metric_entry(metric).group:
        return f"{label_of(metric)} of every class" if metric_entry(metric).per_class else label_of(metric)
    if metric == "ood/auroc":
        return "OOD AUROC of every set"
    if metric.startswith("robust/") and metric.count("/") == 1:
        return label_of(f"{metric}/macro_f1")
    return label_of(metric)


def _passed(judgement: Judgement) -> str:
    worst, metric = judgement.worst, judgement.criterion.metric
    which = f"the lowest is {worst.class_name}: " if len(judgement.parts) > 1 else ""
    if len(judgement.parts) > 1 and judgement.criterion.at_least is None:
        which = f"the highest is {worst.class_name}: "
    return f"{which}{with_interval(metric, worst.measured)} on {_n(metric, worst.measured)}"


def _failed(judgement: Judgement) -> str:
    return "; ".join(_lacking(judgement.criterion, judged) for judged in judgement.failing)


def _lacking(criterion: Criterion, judged: JudgedPart) -> str:
    metric, about = criterion.metric, f"{judged.class_name}: " if judged.class_name else ""
    if judged.measured is None or judged.measured.value is None:
        return f"{about}undefined" + (f" ({judged.measured.method})" if judged.measured else "")
    message = f"{about}{with_interval(metric, judged.measured)} on {_n(metric, judged.measured)}"
    if judged.state == "unknown":
        return f"{message}, without an interval ({judged.measured.method}); sure=false takes the value alone"
    lack = _lack(criterion, judged)
    if lack is not None:
        message += f", {_lacks(criterion, judged, lack)}"
    if judged.state == "open" and not criterion.holds(judged.measured.value):
        message += "; the interval reaches the bound, the value does not"
    elif judged.state == "open":
        message += "; the value alone would do, the interval is inconclusive"
        if judged.more_images is not None:
            message += f" (about {rounded(judged.more_images)} more images if it stays)"
    return message


def _lacks(criterion: Criterion, judged: JudgedPart, lack: float) -> str:
    """What exceeds which limit by how much: the value, or the end of the interval that the bound is held against."""
    metric, limit = criterion.metric, _limit(criterion)
    upper = criterion.at_most is not None
    value = judged.measured.value if judged.measured else None
    end = limit + lack if upper else limit - lack
    what = "the value" if end == value else f"the interval's {'upper' if upper else 'lower'} end"
    how = "exceeds" if upper else "falls short of"
    return f"{what} {number(metric, end)} {how} the limit {bound(metric, limit)} by {number(metric, lack)}"


def _lack(criterion: Criterion, judged: JudgedPart) -> float | None:
    """By how much the end of the interval, or the value, lies on the wrong side; None where it does not."""
    if judged.state == "met" or judged.measured is None or judged.measured.value is None:
        return None
    span = ends(criterion.metric, judged.measured) if criterion.sure else (judged.measured.value,) * 2
    if span is None:
        return None
    low, high = span
    lack = high - criterion.at_most if criterion.at_most is not None else (criterion.at_least or 0.0) - low
    return lack if lack > 0 else None


def _n(metric: str, measured: Measurement | None) -> str:
    if metric == "cost/size_mb":
        return "disk"
    n = 0 if measured is None else measured.n
    return f"{n:,} {'timed answers' if metric.startswith('cost/') else 'images'}"


def _busy(case: Case, metric: str) -> str:
    """For a latency, whether others were at work while it was timed."""
    busy = case.candidate.cost(metric).busy if metric.startswith("cost/latency") else ""
    return f". {busy[0].upper()}{busy[1:]}" if busy else ""


def _band(case: Case, metric: str) -> str:
    """For an error of calibration, what a perfectly calibrated model would show on so many images."""
    if not metric.startswith("ece"):
        return ""
    after = case.candidate.evidence.calibration.after
    band = {"ece": after.band, "ece_equal_mass": after.band_equal_mass, **after.bands}.get(metric)
    if band is None:
        return ""
    return (
        f". A perfectly calibrated model would show {number(metric, band.low)} to {number(metric, band.high)} on so "
        "many images"
    )
