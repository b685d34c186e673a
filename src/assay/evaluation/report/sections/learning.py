"""Losses, validation score and learning rate over the epochs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from assay.evaluation.report.learning import learning_curves
from assay.evaluation.report.section import Section
from assay.evaluation.report.subject import Subject
from assay.pages.canvas import Canvas, beside
from assay.pages.svg import to_svg


def _values(subject: Subject) -> dict[str, Any]:
    return {"learning": [to_svg(chart) for chart in _charts(subject)]}


def _figures(subject: Subject) -> Mapping[str, Canvas]:
    charts = _charts(subject)
    return {"learning": beside("Learning curves", charts)} if charts else {}


def _charts(subject: Subject) -> list[Canvas]:
    return [] if subject.history is None else learning_curves(subject.history)


SECTION = Section("learning", "Learning curves", _values, _figures)
