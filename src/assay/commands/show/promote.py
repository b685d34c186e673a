"""What the terminal shows of a verdict: the decision, every check with its numbers, and where to look next."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

from rich.table import Table
from rich.text import Text

from assay.commands.document import measurement_cells
from assay.gate.report.plots import Row, plot, text_plot
from assay.gate.report.verdict_page import answer, facts
from assay.terminal import joined, styled, terminal

if TYPE_CHECKING:
    from assay.gate.verdict import Verdict
    from assay.registry.promote import JudgedRun

REFUSED = 3
WIDE = 110
SHOWN_FACTS = ("model", "run", "bundle", "champion", "test images", "challenger", "gate")


def show(judged: JudgedRun) -> None:
    """Print it; the first line is the answer."""
    verdict = judged.verdict
    console = terminal()
    for sentence in judged.repairs:
        console.print(f"• {sentence}")
    style = "bold red" if verdict.override else "bold green" if judged.version else "bold yellow"
    console.print(answer(verdict), style=style)
    if judged.version:
        console.print(f"Version {judged.version} of {verdict.model} is champion now.")
    console.print(table(verdict, narrow=console.width < WIDE))
    for note in verdict.notes:
        console.print(f"• {note}", style="red" if verdict.override else "dim")
    known = facts(verdict)
    for name in SHOWN_FACTS:
        console.print(f"{name:<12} {known[name]}", soft_wrap=True)
    console.print(f"{'page':<12} {judged.folder / 'verdict.html'!s}", soft_wrap=True)
    console.print(
        f"{'record':<12} run {verdict.run_id}, artifacts gate; assay history name={verdict.model}",
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
        mark = styled("✓", "green") if check.passed else styled("✗", "bold red")
        finding = styled(check.found, "" if check.passed else "bold")
        drawn = plot(check)
        lines = [] if drawn is None else [_line(row) for row in drawn.rows[:12]]
        cells: list[str | Text] = [mark, check.name, joined(styled(check.asked, "dim"), finding, separator="\n")]
        shown.add_row(*cells, *([] if narrow else [joined(*lines, separator="\n")]))
    return shown


def _line(row: Row) -> Text:
    style = "green" if row.passed else "red"
    name = f"{row.of[:12]:<12} " if row.of else ""
    lack = f" {row.lack}" if row.lack else ""
    return joined(name, styled(text_plot(row), style), lack)


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
