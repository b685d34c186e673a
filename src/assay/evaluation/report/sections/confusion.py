"""Confusion matrix: what is taken for what."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from assay.evaluation.evidence import Evidence
from assay.evaluation.report.confusion import MOST_DRAWN, MOST_LABELLED, ConfusedPair, confusion_matrix, most_confused
from assay.evaluation.report.section import Section
from assay.evaluation.report.subject import Subject
from assay.pages.canvas import Canvas
from assay.pages.svg import to_svg, widest


def _values(subject: Subject) -> dict[str, Any]:
    matrix = _figures(subject).get("confusion")
    return {
        "confusion": None if matrix is None else to_svg(matrix),
        "confusion_width": 0 if matrix is None else round(widest(matrix)),
        "pairs": _pairs(subject.evidence),
        "most_labelled": MOST_LABELLED,
    }


def _figures(subject: Subject) -> Mapping[str, Canvas]:
    evidence = subject.evidence
    if len(evidence.class_names) > MOST_DRAWN:
        return {}
    return {"confusion": confusion_matrix(evidence.confusion, evidence.class_names)}


def _pairs(evidence: Evidence) -> list[ConfusedPair]:
    """What stands beside the matrix: more pairs where it is too large to be labelled, none where it says it all."""
    classes = len(evidence.class_names)
    if classes == 2:
        return []
    return most_confused(evidence.confusion, evidence.class_names, limit=15 if classes > MOST_LABELLED else 8)


SECTION = Section("confusion", "Confusion matrix", _values, _figures)
