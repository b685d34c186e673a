"""What the terminal shows of a study: the answer, the main numbers, and where to look next."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from assay.studies.study.files import CSV, JSON, MARKDOWN, PAGE
from assay.studies.study.report.figures import MARKS, shown
from assay.studies.study.report.view import Cell, view

if TYPE_CHECKING:
    from assay.studies.study.study import Studied

FEW, MANY = 3, 6
"""Columns of numbers in a narrow and in a wide terminal."""
WIDE = 120
STYLES = {"better": "green", "worse": "red", "different": "cyan"}


def show(studied: Studied) -> None:
    """Print table, sentences, and the place of page and tables."""
    console = Console()
    console.print(table(studied, MANY if console.width >= WIDE else FEW))
    for sentence in studied.result.findings:
        console.print(f"• {escape(sentence)}", highlight=False)
    for note in studied.result.notes:
        console.print(f"[dim]• {escape(note)}[/dim]", highlight=False)
    console.print(f"page     {studied.folder / PAGE}", soft_wrap=True, highlight=False)
    console.print(f"tables   {JSON} · {CSV} · {MARKDOWN} beside it", soft_wrap=True, highlight=False)
    console.print(f"run      {studied.parent}", soft_wrap=True, highlight=False)


def table(studied: Studied, most: int) -> Table:
    """One row per variant, the first columns of the study."""
    result = studied.result
    drawn = Table(title=escape(result.question), title_justify="left")
    drawn.add_column("variant", no_wrap=True)
    columns = view(result, studied.comparison).whole[:most]
    for column in columns:
        drawn.add_column(f"{column.label}{' ↓' if column.better == 'lower' else ''}", justify="right")
    for place, variant in enumerate(result.variants):
        drawn.add_row(escape(variant.name), *(_cell(column.cells[place]) for column in columns))
    return drawn


def _cell(cell: Cell) -> str:
    if cell.value is None or cell.value.measured.value is None:
        return "—"
    one = cell.value.measured
    text = f"{shown(one.value)} {MARKS.get(cell.verdict, '')}".rstrip()
    interval = "" if one.low is None else f"\n[dim]{shown(one.low)} to {shown(one.high)}[/dim]"
    style = STYLES.get(cell.verdict)
    return (f"[{style}]{text}[/{style}]" if style else text) + interval
