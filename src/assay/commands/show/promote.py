"""What the terminal shows of a verdict: the decision, every check with its numbers, and where to look next."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from assay.commands.document import measurement_cells
from assay.gate.report.plots import Row, plot, text_plot
from assay.gate.report.verdict_page import answer, facts

if TYPE_CHECKING:
    from assay.gate.verdict import Verdict
    from assay.registry.promote import JudgedRun

REFUSED = 3
WIDE = 110
SHOWN_FACTS = ("model", "run", "bundle", "champion", "test images", "challenger", "gate")


def show(judged: JudgedRun) -> None:
    """Print it; the first line is the answer."""
    verdict = judged.verdict
    console = Console()
    for sentence in judged.repairs:
        console.print(f"• {escape(sentence)}", highlight=False)
    style = "bold red" if verdict.override else "bold green" if judged.version else "bold yellow"
    console.print(f"[{style}]{escape(answer(verdict))}[/{style}]", highlight=False)
    if judged.version:
        console.print(f"Version {judged.version} of {escape(verdict.model)} is champion now.", highlight=False)
    console.print(table(verdict, narrow=console.width < WIDE))
    for note in verdict.notes:
        console.print(f"• {escape(note)}", style="red" if verdict.override else "dim", highlight=False)
    known = facts(verdict)
    for name in SHOWN_FACTS:
        console.print(f"{name:<12} {escape(known[name])}", highlight=False, soft_wrap=True)
    console.print(f"{'page':<12} {escape(str(judged.folder / 'verdict.html'))}", highlight=False, soft_wrap=True)
    console.print(
        f"{'record':<12} run {verdict.run_id}, artifacts gate; assay history name={escape(verdict.model)}",
        highlight=False,
        soft_wrap=True,
    )


def table(verdict: Verdict, *, narrow: bool = False) -> Table:
    """Checks in rows, those that failed first; a mark, never colour alone."""
    shown = Table(title="✓ passed, ✗ failed; ● value, ─ interval, │ bound", title_justify="left", show_lines=True)
    shown.add_column("", width=1)
    shown.add_column("check", overflow="fold")
    shown.add_column("required and found", overflow="fold", ratio=1)
    if not narrow:
        shown.add_column("margin", no_wrap=True)
    for check in sorted(verdict.checks, key=lambda check: check.passed):
        mark = "[green]✓[/green]" if check.passed else "[bold red]✗[/bold red]"
        finding = escape(check.found) if check.passed else f"[bold]{escape(check.found)}[/bold]"
        drawn = plot(check)
        lines = [] if drawn is None else [_line(row) for row in drawn.rows[:12]]
        cells = [mark, escape(check.name), f"[dim]{escape(check.asked)}[/dim]\n{finding}"]
        shown.add_row(*cells, *([] if narrow else ["\n".join(lines)]))
    return shown


def _line(row: Row) -> str:
    style = "green" if row.passed else "red"
    name = f"{row.of[:12]:<12} " if row.of else ""
    lack = f" {row.lack}" if row.lack else ""
    return f"{escape(name)}[{style}]{escape(text_plot(row))}[/{style}]{escape(lack)}"


def text(result: JudgedRun, request: object) -> None:
    """Print the verdict."""
    show(result)


def document(result: JudgedRun, request: object) -> dict[str, Any]:
    """The verdict, the version that is champion now, and where the page is."""
    return {
        "folder": result.folder,
        "promoted": bool(result.version),
        "version": result.version or None,
        "repairs": result.repairs,
        "verdict": result.verdict,
    }


def rows(result: JudgedRun, request: object) -> list[dict[str, Any]]:
    """One row for each check, or for each part of a check that has parts."""
    return [
        {
            "check": check.name,
            "passed": check.passed if part is None else part.passed,
            "of": "" if part is None else part.of,
            **({} if part is None or part.measured is None else measurement_cells(part.measured)),
            "bound": check.bound if part is None or part.bound is None else part.bound,
            "asked": check.asked,
            "answer": check.found,
        }
        for check in result.verdict.checks
        for part in check.parts or (None,)
    ]


def ending(result: JudgedRun, request: object) -> None:
    """A candidate that is refused has an exit code of its own.

    Raises:
        SystemExit: with 3, it is refused.
    """
    if not result.version:
        sys.exit(REFUSED)
