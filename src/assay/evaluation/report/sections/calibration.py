"""Whether confidence can be believed, before and after calibration."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from assay.evaluation.report.canvas import Canvas, beside
from assay.evaluation.report.catalogue import words_for
from assay.evaluation.report.reliability import reliability_diagram
from assay.evaluation.report.section import Section
from assay.evaluation.report.subject import Subject
from assay.evaluation.report.svg import to_svg


def _values(subject: Subject) -> dict[str, Any]:
    evidence = subject.evidence
    calibration = evidence.calibration
    ends = [
        value
        for side in (calibration.before, calibration.after)
        for value in (side.ece.value, side.ece.high, side.band.high)
        if value is not None
    ]
    return {
        "reliability_before": to_svg(reliability_diagram(calibration.before, "Before calibration")),
        "reliability_after": to_svg(reliability_diagram(calibration.after, _after(calibration.method))),
        "before_after": [
            (words_for(name), evidence.metrics[f"{name}_uncalibrated"], evidence.metrics[name])
            for name in ("ece", "ece_equal_mass", "nll", "brier")
            if f"{name}_uncalibrated" in evidence.metrics and calibration.method != "none"
        ],
        "ece_scale": next(end for end in (0.1, 0.2, 0.5, 1.0) if end >= max(ends, default=0.0) or end == 1.0),
    }


def _figures(subject: Subject) -> Mapping[str, Canvas]:
    calibration = subject.evidence.calibration
    diagrams = [
        reliability_diagram(calibration.before, "Before calibration"),
        reliability_diagram(calibration.after, f"After ({calibration.method})"),
    ]
    return {"reliability": beside("Reliability before and after calibration", diagrams)}


def _after(method: str) -> str:
    return "As served, not calibrated" if method == "none" else f"After calibration ({method})"


SECTION = Section("calibration", "Calibration", _values, _figures)
