"""What the terminal shows of a study: the answer, the main numbers, and where to look next."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rich.table import Table
from rich.text import Text

from assay.commands.document import measurement_cells
from assay.commands.show.cells import with_interval
from assay.output import say
from assay.studies.study.files import CSV, JSON, MARKDOWN, PAGE
from assay.studies.study.plan import Plan
from assay.studies.study.report.figures import MARKS, shown
from assay.studies.study.report.view import MetricCell, view
from assay.studies.study.request import StudyRequest
from assay.terminal import terminal

if TYPE_CHECKING:
    from assay.studies.study.study import Studied

FEW, MANY = 3, 6
"""Columns of numbers in a narrow and in a wide terminal."""
WIDE = 120
STYLES = {"better": "green", "worse": "red", "different": "cyan"}


def show(studied: Studied) -> None:
    """Print table, sentences, and the place of page and tables."""
    console = terminal()
    console.print(table(studied, MANY if console.width >= WIDE else FEW))
    for sentence in studied.result.findings:
        console.print(f"• {sentence}")
    for note in studied.result.notes:
        console.print(f"• {note}", style="dim")
    console.print(f"page     {studied.folder / PAGE}", soft_wrap=True)
    console.print(f"tables   {JSON} · {CSV} · {MARKDOWN} beside it", soft_wrap=True)
    console.print(f"run      {studied.parent}", soft_wrap=True)


def table(studied: Studied, most: int) -> Table:
    """One row per variant, the first columns of the study."""
    result = studied.result
    drawn = Table(title=result.question, title_justify="left")
    drawn.add_column("variant", no_wrap=True)
    columns = view(result, studied.comparison).whole[:most]
    for column in columns:
        drawn.add_column(f"{column.label}{' ↓' if column.better == 'lower' else ''}", justify="right")
    for place, variant in enumerate(result.variants):
        drawn.add_row(variant.name, *(_cell(column.cells[place]) for column in columns))
    return drawn


def _cell(cell: MetricCell) -> str | Text:
    measured = None if cell.value is None else cell.value.measured
    return with_interval(measured, shown, mark=MARKS.get(cell.verdict, ""), style=STYLES.get(cell.verdict, ""))


def text(result: Studied | Plan, request: StudyRequest) -> None:
    """Print the study, or its plan where only that was asked for."""
    if isinstance(result, Plan):
        _print_plan(result, request)
    else:
        show(result)


def document(result: Studied | Plan, request: StudyRequest) -> dict[str, Any]:
    """The result with its comparison and run; or `plan` alone."""
    if isinstance(result, Plan):
        return {"name": request.name, "plan": {**vars(result), "trainings": len(result.variants) * len(result.places)}}
    return {
        "folder": result.folder,
        "run": result.parent,
        "result": result.result,
        "comparison": result.comparison,
    }


def rows(result: Studied | Plan, request: StudyRequest) -> list[dict[str, Any]]:
    """One row for each variant, metric and class; of a plan one for each variant."""
    if isinstance(result, Plan):
        return [{"variant": entry.name, "overrides": " ".join(entry.overrides)} for entry in result.variants]
    return [
        {
            "variant": variant.name,
            "metric": value.metric,
            "class": value.class_name,
            **measurement_cells(value.measured),
        }
        for variant in result.result.variants
        for value in variant.values
    ]


def _print_plan(plan: Plan, request: StudyRequest) -> None:
    say(f"{request.name}: {plan.settings.question}")
    for variant in plan.variants:
        role = "baseline" if variant is plan.variants[0] else "variant"
        borrowed = f"best of {', '.join(variant.best_of)} + " if variant.best_of else ""
        say(f"  {role:<9} {variant.name}: {borrowed}{' '.join(variant.overrides) or 'every default'}")
    say(f"  common    {' '.join(plan.common) or 'every default'}")
    folds = "" if plan.settings.folds is None else f" x {plan.settings.folds} folds"
    say(f"  {len(plan.variants)} variants x {len(plan.settings.seeds)} seeds{folds}: ", end="")
    say(f"{len(plan.variants) * len(plan.places)} trainings")
