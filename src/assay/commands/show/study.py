"""What the terminal shows of a study: the answer, the main numbers, and where to look next."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rich.table import Table
from rich.text import Text

from assay.commands.document import measurement_cells
from assay.commands.show.cells import with_interval
from assay.output import say
from assay.studies.study.files import CSV, JSON, MARKDOWN, PAGE
from assay.studies.study.preview import StudyPreview
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


def text(result: Studied | StudyPreview, request: StudyRequest) -> None:
    """Print the study, or its plan where only that was asked for."""
    if isinstance(result, StudyPreview):
        _print_plan(result, request)
    else:
        show(result)


def document(result: Studied | StudyPreview, request: StudyRequest) -> dict[str, Any]:
    """The result with its comparison and run; or `plan` alone."""
    if isinstance(result, StudyPreview):
        planned = {**vars(result.plan), "trainings": len(result.trainings)}
        return {"name": request.name, "plan": planned, "trainings": result.trainings}
    return {
        "folder": result.folder,
        "run": result.parent,
        "result": result.result,
        "comparison": result.comparison,
    }


def rows(result: Studied | StudyPreview, request: StudyRequest) -> list[dict[str, Any]]:
    """One row for each variant, metric and class; of a plan one for each training."""
    if isinstance(result, StudyPreview):
        words = {variant.name: " ".join(variant.overrides) for variant in result.plan.variants}
        return [{**vars(training), "overrides": words[training.variant]} for training in result.trainings]
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


STATES = {
    "finished": "finished, reused",
    "interrupted": "interrupted, go on",
    "missing": "missing, would be trained",
    "waiting": "wait for the variants whose best they take",
    "unknown": "unknown",
}


def _print_plan(result: StudyPreview, request: StudyRequest) -> None:
    plan = result.plan
    say(f"{request.name}: {plan.settings.question}")
    for variant in plan.variants:
        role = "baseline" if variant is plan.variants[0] else "variant"
        borrowed = f"best of {', '.join(variant.best_of)} + " if variant.best_of else ""
        say(f"  {role:<9} {variant.name}: {borrowed}{' '.join(variant.overrides) or 'every default'}")
    say(f"  common    {' '.join(plan.common) or 'every default'}")
    folds = "" if plan.settings.folds is None else f" x {plan.settings.folds} folds"
    say(f"  {len(plan.variants)} variants x {len(plan.settings.seeds)} seeds{folds}: {len(result.trainings)} trainings")
    for state, words in STATES.items():
        own = [training for training in result.trainings if training.state == state]
        if not own:
            continue
        say(f"  {len(own)} {words}")
        for training in own if state in ("finished", "interrupted") or len(own) < len(result.trainings) else ():
            fold = "" if training.fold is None else f", fold {training.fold}"
            run = f": run {training.run_id[:8]}" if training.run_id else ""
            say(f"    {training.variant}, seed {training.seed}{fold}{run}")
    for why in dict.fromkeys(training.why for training in result.trainings if training.why):
        say(f"  what is there cannot be said: {why}")
