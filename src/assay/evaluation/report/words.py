"""What the numbers say, in sentences: only what the evidence can carry."""

from __future__ import annotations

from assay.evaluation.evidence import ClassEvidence, Evidence, Reliability
from assay.evaluation.notes import FEW_IMAGES
from assay.evaluation.report.confusion import most_confused
from assay.measurement import Measurement
from assay.pages.numbers import images, percent, shown

UNSURE = 0.2
"""Width of an interval from which a recall counts as imprecise."""


def findings(evidence: Evidence) -> list[str]:
    """The sentences at the top of the report."""
    sentences = [
        _against_the_largest_class(evidence),
        _most_confused(evidence),
        _calibration(evidence),
        _classes(evidence),
        _gap(evidence),
    ]
    return [sentence for sentence in sentences if sentence]


def calibration_verdict(reliability: Reliability) -> str:
    """ECE judged against what a perfectly calibrated model would show on as many images."""
    value, band = reliability.ece.value, reliability.band
    if value is None:
        return ""
    if value > band.high:
        return f"above {band.high:.3f}, the upper end of the consistency band: confidence is miscalibrated"
    return f"no more than a perfectly calibrated model shows by chance ({band.low:.3f} to {band.high:.3f})"


def _against_the_largest_class(evidence: Evidence) -> str:
    accuracy = evidence.metrics.get("accuracy")
    largest = max(evidence.per_class, key=lambda row: row.support, default=None)
    if accuracy is None or accuracy.value is None or largest is None or evidence.n < 2:
        return ""
    share = largest.support / evidence.n
    message = f"Accuracy is {accuracy.value:.1%} on {evidence.n:,} {evidence.split} images"
    baseline = f"always predicting “{largest.name}”, the majority class, gives {share:.1%}"
    if accuracy.low is not None and accuracy.low <= share:
        return f"{message}, not significantly better than the majority-class baseline: {baseline}."
    return f"{message}; {baseline}."


def _most_confused(evidence: Evidence) -> str:
    pairs = most_confused(evidence.confusion, evidence.class_names, limit=1)
    if not pairs or pairs[0].images < 2:
        return ""
    pair = pairs[0]
    return (
        f"Most frequent confusion: “{pair.true}” predicted as “{pair.predicted}”, {images(pair.images)} "
        f"({percent(pair.share)} of its class)."
    )


def _calibration(evidence: Evidence) -> str:
    before, after = evidence.calibration.before, evidence.calibration.after
    if after.ece.value is None:
        return ""
    if evidence.calibration.method == "none":
        return f"Confidence is not calibrated; its ECE of {after.ece.value:.3f} is {calibration_verdict(after)}."
    method, temperature = evidence.calibration.fitted["method"], evidence.calibration.temperature
    by = method if temperature is None else f"{method.replace('_', ' ')} {temperature:.2f}"
    if evidence.calibration.method != method:
        by = f"{evidence.calibration.method}: {by}"
    return (
        f"Calibration ({by}) changes ECE from {shown(before.ece.value)} to {after.ece.value:.3f}, "
        f"{calibration_verdict(after)}."
    )


def _classes(evidence: Evidence) -> str:
    """Classes whose recall is imprecise; those with hardly any images are in the evidence's notes already."""
    unsure = [row for row in evidence.per_class if row.support > FEW_IMAGES and _width(row.recall) > UNSURE]
    if not unsure:
        return ""
    return f"Recall of {_names(unsure)} is imprecise for lack of images: its interval is wider than {UNSURE}."


def _gap(evidence: Evidence) -> str:
    gap = evidence.gap.get("macro_f1")
    if gap is None:
        return ""
    side = "higher" if gap >= 0 else "lower"
    return f"Generalisation gap: macro-F1 is {abs(gap):.3f} {side} on train than on val."


def _width(measured: Measurement) -> float:
    if measured.low is None or measured.high is None:
        return 0.0
    return measured.high - measured.low


def _names(rows: list[ClassEvidence], limit: int = 4) -> str:
    named = ", ".join(f"“{row.name}” ({row.support})" for row in rows[:limit])
    more = len(rows) - limit
    return f"{named} and {more} more" if more > 0 else named
