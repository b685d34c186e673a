"""What the terminal shows of a decision: the answer, the table, why not the others, and where to look next."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from rich.table import Table
from rich.text import Text

from assay.commands.document import measurement_cells
from assay.errors import TrackingError
from assay.studies.decision.decision import Decision
from assay.studies.decision.recorded import Decided
from assay.studies.decision.request import DecisionRequest
from assay.studies.decision.table import ROLES, DecisionCell, cell, columns, front_words
from assay.terminal import joined, styled, terminal

WIDE = 120
"""Columns of a terminal from which everything fits."""
STYLES = {"met": "green", "missed": "red", "open": "yellow", "unknown": "dim"}


def show(decision: Decision, folder: Path, recorded: str) -> None:
    """Print it; the first line is the answer."""
    console = terminal()
    first, rest = f"Take {decision.chosen or 'none'}.", decision.reason
    console.print(joined(styled(first, "bold"), f" {rest}"))
    console.print()
    console.print(table(decision, narrow=console.width < WIDE))
    for candidate in decision.candidates:
        if candidate.role != "chosen":
            console.print(
                joined("• ", styled(candidate.name, "bold"), f", {ROLES[candidate.role]}: {candidate.why}"),
            )
    console.print()
    for note in decision.notes:
        console.print(f"• {note}", style="dim")
    for name, text in (
        ("page", folder / "decision.html"),
        ("text", folder / "decision.md"),
        ("tables", f"{folder / 'decision.csv'} · decision.json"),
        ("record", recorded),
    ):
        console.print(f"{name:<8} {text}", soft_wrap=True)


def table(decision: Decision, *, narrow: bool = False) -> Table:
    """Variants in rows; a mark and a colour for each criterion. A narrow one leaves intervals and front to the page."""
    heads = columns(decision)
    title = f"{decision.policy} on {decision.study}: ✓ met, ✗ missed, ? inconclusive, ∅ unknown"
    shown = Table(title=title, title_justify="left", show_lines=not narrow)
    shown.add_column("variant", min_width=12)
    for column in heads:
        shown.add_column(column.head)
    if not narrow:
        shown.add_column("Pareto front")
    for candidate in decision.candidates:
        cells = [_text(cell(candidate, column), narrow=narrow) for column in heads]
        name = joined(styled(candidate.name, "bold"), f"\n{ROLES[candidate.role]}")
        shown.add_row(name, *cells, *([] if narrow else [front_words(candidate)]))
    return shown


def _text(shown: DecisionCell, *, narrow: bool) -> Text:
    style = STYLES.get(shown.state) or ""
    first = f"{shown.mark} {shown.value}".strip()
    lines = [styled(first, style)]
    lines += [styled(text, "dim") for text in ("" if narrow else shown.interval, shown.about) if text]
    return joined(*lines, separator="\n")


def text(result: Decided, request: DecisionRequest) -> None:
    """Print the decision."""
    show(result.decision, result.folder, _recorded(result, request))


def document(result: Decided, request: DecisionRequest) -> dict[str, Any]:
    """The decision, where its pages are, and the run that it is recorded in."""
    return {"folder": result.folder, "run": result.run, "decision": result.decision}


def rows(result: Decided, request: DecisionRequest) -> list[dict[str, Any]]:
    """One row for each variant and objective, and one without an objective where the policy has none."""
    return [
        {
            "variant": candidate.name,
            "role": candidate.role,
            "metric": None if objective is None else objective.metric,
            **(measurement_cells(objective.measured) if objective is not None and objective.measured else {}),
            "why": candidate.why,
        }
        for candidate in result.decision.candidates
        for objective in candidate.objectives or (None,)
    ]


def ending(result: Decided, request: DecisionRequest) -> None:
    """That nothing is eligible is an answer; what could not be recorded is a failure.

    Raises:
        TrackingError: it could not be recorded.
    """
    if result.problem:
        raise TrackingError(result.problem)


def _recorded(result: Decided, request: DecisionRequest) -> str:
    if result.run:
        return f"run {result.run}, artifacts decision/{result.decision.policy}"
    if result.problem:
        return "not recorded"
    if request.is_file:
        return "not recorded: the study was given as a file"
    return "not recorded: no run holds this study"
