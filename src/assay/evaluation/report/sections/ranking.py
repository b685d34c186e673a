"""Free of any threshold: ROC, precision-recall and risk-coverage curves."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from assay.evaluation.report.ranking import MOST_CLASSES, Curve, curves_chart, ranking_curves, with_key
from assay.evaluation.report.section import Section
from assay.evaluation.report.selective import risk_at, risk_coverage, risk_coverage_chart
from assay.evaluation.report.subject import Subject
from assay.pages.canvas import Canvas, beside
from assay.pages.numbers import interval, percent, shown
from assay.pages.palette import SERIES
from assay.pages.svg import to_svg


def _values(subject: Subject) -> dict[str, Any]:
    roc, precision_recall = _curves(subject)
    return {
        "series": SERIES,
        "roc": roc,
        "pr": precision_recall,
        "roc_chart": to_svg(_roc_chart(roc)),
        "pr_chart": to_svg(_precision_recall_chart(precision_recall)),
        "unranked": max(len(subject.predictions.class_names) - MOST_CLASSES, 0),
        **_selective(subject),
    }


def _selective(subject: Subject) -> dict[str, Any]:
    coverage, risk = risk_coverage(subject.predictions.labels, subject.probabilities)
    share, error = risk_at(coverage, risk, 0.8)
    augrc = subject.evidence.metrics.get("augrc")
    sentence = f"At {percent(share)} coverage the error rate is {error:.1%}, at full coverage {risk[-1]:.1%}."
    if augrc is not None and augrc.value is not None:
        sentence += f" AUGRC {shown(augrc.value)} ({interval(augrc)})."
    return {
        "risk_chart": to_svg(risk_coverage_chart(coverage, risk)),
        "risk_sentence": sentence,
        "full_risk": float(risk[-1]),
        "aurc": subject.evidence.metrics.get("aurc"),
    }


def _figures(subject: Subject) -> Mapping[str, Canvas]:
    roc, precision_recall = _curves(subject)
    charts = [
        with_key(_roc_chart(roc), roc),
        with_key(_precision_recall_chart(precision_recall), precision_recall),
        risk_coverage_chart(*risk_coverage(subject.predictions.labels, subject.probabilities)),
    ]
    return {"curves": beside("ROC, precision-recall and risk-coverage curves", charts)}


def _curves(subject: Subject) -> tuple[list[Curve], list[Curve]]:
    predictions = subject.predictions
    return ranking_curves(predictions.labels, subject.probabilities, predictions.class_names)


def _roc_chart(curves: list[Curve]) -> Canvas:
    return curves_chart(curves, "ROC", "false positive rate", "true positive rate", chance=True)


def _precision_recall_chart(curves: list[Curve]) -> Canvas:
    return curves_chart(curves, "Precision-recall", "recall", "precision", chance=False)


SECTION = Section("ranking", "ROC, PR, risk-coverage", _values, _figures)
