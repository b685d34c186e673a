"""Selective prediction: what is accepted and rejected, and conformal sets, with targets and what is observed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from assay.evaluation.catalogue import metric, shown_on
from assay.evaluation.conformal import ConformalEvidence
from assay.evaluation.report.section import Section
from assay.evaluation.report.subject import Subject
from assay.evaluation.selective import RejectEvidence
from assay.measurement import Measurement
from assay.pages.axes import FIFTHS, Axes
from assay.pages.canvas import Canvas, beside, shortened
from assay.pages.numbers import interval, percent
from assay.pages.svg import to_svg

MOST_CLASSES = 20
HALF = (0.5, 0.6, 0.7, 0.8, 0.9, 1.0)
NAMES = {"lac": "LAC, smallest sets", "aps": "APS, larger sets for harder images"}


def _values(subject: Subject) -> Mapping[str, Any] | None:
    evidence = subject.evidence
    if evidence.reject is None:
        return None
    return {
        "sentence": rule_in_words(evidence.reject),
        "reached": [
            (metric("reject/coverage"), evidence.reject.coverage),
            (metric("reject/risk"), evidence.reject.risk),
            (metric("reject/withheld_risk"), evidence.reject.withheld_risk),
        ],
        "at_coverage": [(metric(name), evidence.metrics[name]) for name in shown_on("coverage", evidence.metrics)],
        "names": NAMES,
        "charts": [to_svg(chart) for chart in _charts(subject)],
    }


def _figures(subject: Subject) -> Mapping[str, Canvas]:
    charts = _charts(subject)
    return {"conformal": beside("Coverage of conformal sets, overall and per class", charts)} if charts else {}


def _charts(subject: Subject) -> list[Canvas]:
    names = subject.evidence.class_names
    return [coverage_chart(sets, names) for sets in subject.evidence.conformal]


def rule_in_words(reject: RejectEvidence) -> str:
    """What the rule asks for, in a sentence."""
    wanted = {
        "coverage": lambda: f"accept the {percent(reject.state['coverage'])} most confident images",
        "risk": lambda: (
            f"accept as many images as possible at a selective risk of at most {reject.state['risk'] * 100:.3g}%, "
            f"guaranteed at {percent(reject.state['confidence'])}"
        ),
    }
    if reject.method not in wanted:
        return "No rule rejects anything (reject=none)."
    message = f"The rule, fitted on calib: {wanted[reject.method]()}. "
    if reject.threshold is None:
        return message + "No threshold can guarantee that, so every prediction is rejected."
    which = "confidence before calibration" if reject.method == "risk" else "confidence"
    return message + f"Predictions of a {which} below {reject.threshold:.3f} are rejected."


def coverage_chart(sets: ConformalEvidence, class_names: tuple[str, ...]) -> Canvas:
    """How often the sets hold the true class, overall and in each class, with intervals, against what was asked for."""
    rows = [("all images", sets.coverage), *zip(class_names, sets.per_class, strict=True)][: MOST_CLASSES + 1]
    label = max(len(shortened(name, 18)) for name, _ in rows) * 7.0 + 12
    ends = [measured.low for _, measured in rows if measured.low is not None]
    steps = HALF if min([sets.level, *ends]) >= 0.5 else FIFTHS
    canvas = Canvas(label + 250, 84 + 24 * len(rows), f"Coverage of conformal sets by {sets.method}")
    canvas.text((0, 14), NAMES[sets.method], "ink", size=13, bold=True)
    axes = Axes(canvas, label, 40, 230, 24.0 * len(rows), (steps[0], 1))
    axes.columns(steps, "empirical coverage")
    for value in steps:
        canvas.line([axes.at(value, 0), axes.at(value, 1)], "grid")
    wanted = axes.x(sets.level)
    canvas.line([(wanted, axes.top - 6), (wanted, axes.bottom)], "muted", width=1.4, dash=(4, 3), tip="target")
    for number, (name, measured) in enumerate(rows):
        row = axes.top + 24 * number + 12
        canvas.text((label - 8, row + 4), shortened(name, 18), "ink", anchor="end", bold=number == 0)
        if measured.value is None:
            canvas.text((axes.left + 6, row + 4), "no images")
            continue
        color = "orange" if _missed(sets, measured) else "blue"
        if measured.low is not None and measured.high is not None:
            canvas.line([(axes.x(measured.low), row), (axes.x(measured.high), row)], color, width=2)
        tip = f"{name}: {measured.value:.3f} ({interval(measured)}), n = {measured.n}"
        canvas.dot((axes.x(measured.value), row), color, radius=4, tip=tip)
    return canvas


def _missed(sets: ConformalEvidence, measured: Measurement) -> bool:
    """Whether the true class is held too rarely: overall by more than chance explains, in a class by its interval."""
    if measured is sets.coverage and measured.value is not None and sets.by_chance is not None:
        return measured.value < sets.by_chance[0]
    return measured.high is not None and measured.high < sets.level


SECTION = Section("reject", "Selective prediction", _values, _figures)
