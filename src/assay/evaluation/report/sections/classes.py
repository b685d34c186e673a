"""Precision, recall and F1 of each class."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from assay.evaluation.report.per_class import classes_to_show, per_class_bars
from assay.evaluation.report.section import Section
from assay.evaluation.report.subject import Subject
from assay.pages.canvas import Canvas


def _values(subject: Subject) -> dict[str, Any]:
    classes, folded = classes_to_show(subject.evidence)
    return {"classes": classes, "folded": folded}


def _figures(subject: Subject) -> Mapping[str, Canvas]:
    return {"per_class": per_class_bars(subject.evidence)}


SECTION = Section("classes", "Per-class metrics", _values, _figures)
