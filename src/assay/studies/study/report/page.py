"""The page of a study: the answer, every number with its interval side by side, and what was trained."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from markupsafe import Markup

from assay.comparison import Comparison
from assay.pages.page import save_page
from assay.pages.svg import to_svg
from assay.pages.templates import templates
from assay.studies.result import StudyResult
from assay.studies.study.report.figures import MARKS, forest, same_for_all, shown
from assay.studies.study.report.view import NOT_TESTED, MetricColumn, view


def write_page(
    path: Path, result: StudyResult, comparison: Comparison | None, *, facts: Mapping[str, str], details: str = ""
) -> None:
    """Write the page, whole or not at all.

    Args:
        path: the HTML file.
        result: of the study.
        comparison: of its variants; None when there was nothing to compare.
        facts: name -> text for the top of the page.
        details: link to the page of the comparison; "" without one.
    """
    columns = view(result, comparison)
    environment = templates("assay.studies.study.report")
    environment.globals.update(MARKS=MARKS, NOT_TESTED=NOT_TESTED)
    environment.filters.update(number=shown)
    groups = {
        "Aggregate metrics": columns.whole,
        "Per-class metrics": columns.classes,
        NOT_TESTED: columns.beside,
    }
    save_page(
        path,
        environment,
        "study.html.j2",
        result=result,
        comparison=comparison,
        facts=dict(facts),
        details=details,
        level=f"{result.confidence * 100:.3g}%",
        groups=[(title, _plots(group), _equal(group), group) for title, group in groups.items() if group],
    )


def _plots(columns: Sequence[MetricColumn]) -> list[Markup]:
    return [to_svg(canvas) for column in columns if (canvas := forest(column)) is not None]


def _equal(columns: Sequence[MetricColumn]) -> list[str]:
    """What is not worth a picture."""
    return [f"{column.label} {same}" for column in columns if (same := same_for_all(column)) is not None]
