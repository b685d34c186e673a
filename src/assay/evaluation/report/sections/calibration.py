"""Calibration: whether confidence can be believed, before and after."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from assay.evaluation.catalogue import metric, shown_on
from assay.evaluation.evidence import Band, CalibrationEvidence, Evidence, Reliability
from assay.evaluation.metric_entry import MetricEntry
from assay.evaluation.report.reliability import reliability_diagram
from assay.evaluation.report.section import Section
from assay.evaluation.report.subject import Subject
from assay.measurement import Measurement
from assay.pages.canvas import Canvas, beside
from assay.pages.svg import to_svg

MOST_CLASSES = 15

Judged = tuple[Measurement, Band | None]


def _values(subject: Subject) -> dict[str, Any]:
    evidence = subject.evidence
    calibration = evidence.calibration
    calibrated = calibration.method != "none"
    ends = [
        value
        for side in (calibration.before, calibration.after)
        for value in (side.ece.value, side.ece.high, side.band.high)
        if value is not None
    ]
    return {
        "reliability_before": to_svg(reliability_diagram(calibration.before, "Before calibration")),
        "reliability_after": to_svg(reliability_diagram(calibration.after, _after(calibration))),
        "sides": ("before", "after") if calibrated else ("as served",),
        "numbers": _numbers(evidence),
        "reliable_classes": _classes(calibration, calibrated),
        "more_classes": max(0, len(calibration.after.classes) - MOST_CLASSES),
        "candidates": calibration.state.get("candidates", []),
        "taken": calibration.fitted.get("method"),
        "ece_scale": next(end for end in (0.1, 0.2, 0.5, 1.0) if end >= max(ends, default=0.0) or end == 1.0),
    }


def _figures(subject: Subject) -> Mapping[str, Canvas]:
    calibration = subject.evidence.calibration
    diagrams = [
        reliability_diagram(calibration.before, "Before calibration"),
        reliability_diagram(calibration.after, _after(calibration)),
    ]
    return {"reliability": beside("Reliability before and after calibration", diagrams)}


def _numbers(evidence: Evidence) -> list[tuple[MetricEntry, list[Judged]]]:
    """The numbers of confidence, each before and after calibration, or once where there is none."""
    calibration = evidence.calibration
    sides = [(calibration.after, "")]
    if calibration.method != "none":
        sides.insert(0, (calibration.before, "_uncalibrated"))
    return [
        (metric(name), [(evidence.metrics[f"{name}{suffix}"], band(side, name)) for side, suffix in sides])
        for name in shown_on("calibration", evidence.metrics)
        if all(f"{name}{suffix}" in evidence.metrics for _, suffix in sides)
    ]


def band(side: Reliability, name: str) -> Band | None:
    """The consistency band of a metric, where it has one."""
    own = {"ece": side.band, "ece_equal_mass": side.band_equal_mass}
    return own.get(name) or side.bands.get(name)


def _classes(calibration: CalibrationEvidence, calibrated: bool) -> list[tuple[str, list[Judged]]]:
    """Each class with its error before and after, those furthest above their band first where there are many."""
    before, after = calibration.before.classes, calibration.after.classes
    order = list(range(len(after)))
    if len(order) > MOST_CLASSES:
        order.sort(key=lambda index: after[index].band.high - (after[index].ece.value or 0.0))
    sides = (before, after) if calibrated else (after,)
    return [
        (after[index].name, [(side[index].ece, side[index].band) for side in sides]) for index in order[:MOST_CLASSES]
    ]


def _after(calibration: CalibrationEvidence) -> str:
    if calibration.method == "none":
        return "As served, not calibrated"
    taken = calibration.fitted.get("method", calibration.method)
    how = calibration.method if taken == calibration.method else f"{calibration.method}: {taken}"
    return f"After calibration ({how.replace('_', ' ')})"


SECTION = Section("calibration", "Calibration", _values, _figures)
