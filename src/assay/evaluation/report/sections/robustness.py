"""What is left under corruption: curves for each kind, and a table with the relative score."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from assay.evaluation.report.robustness import key_chart, lines, robustness_charts
from assay.evaluation.report.section import Section
from assay.evaluation.report.subject import Subject
from assay.evaluation.robustness import in_words
from assay.pages.canvas import Canvas, grid
from assay.pages.svg import to_svg

COLUMNS = 5


def _values(subject: Subject) -> Mapping[str, Any] | None:
    robustness = subject.evidence.robustness
    if robustness is None:
        return None
    return {
        "robustness": robustness,
        "charts": [to_svg(chart) for chart in robustness_charts(robustness)],
        "lines": lines(robustness),
        "severities": sorted({level.severity for level in robustness.levels}),
        "rows": [
            (in_words(score.corruption), score, {level.severity: level for level in robustness.of(score.corruption)})
            for score in sorted(robustness.scores, key=lambda score: score.macro_f1.value or 0.0)
        ],
    }


def _figures(subject: Subject) -> Mapping[str, Canvas]:
    robustness = subject.evidence.robustness
    if robustness is None:
        return {}
    charts = [*robustness_charts(robustness), key_chart(robustness)]
    return {"robustness": grid("Macro-F1, share rejected and ECE under corruption", charts, columns=COLUMNS)}


SECTION = Section("robustness", "Robustness", _values, _figures)
