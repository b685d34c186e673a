"""What the terminal shows of a history: a line for each entry, who reigns, and whether all of it holds."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from rich.table import Table

from assay.errors import GateError
from assay.registry.history import HistoryEntry
from assay.registry.read_history import ReadHistory
from assay.registry.report.words import describe
from assay.registry.request import HistoryRequest
from assay.registry.state import state_of
from assay.terminal import joined, styled, terminal

OUTSIDE = "changed from outside of Assay"
REMEDY = (
    "assay rollback to=VERSION reason=… by=… brings aliases back; assay history --accept reason=… by=… accepts all of "
    "it as it is, and says so for good"
)
STYLES = {
    "passed": "green",
    "promoted": "bold green",
    "refused": "red",
    "overridden": "yellow",
    "accepted": "yellow",
    "kept back": "red",
}


def show(name: str, entries: Sequence[HistoryEntry], repairs: Sequence[str], violations: Sequence[str]) -> None:
    """Print it.

    Args:
        name: of the registered model.
        entries: of its history.
        repairs: what settling did.
        violations: what does not hold.
    """
    console = terminal()
    for sentence in repairs:
        console.print(f"• {sentence}", style="yellow")
    if entries:
        console.print(table(name, entries))
    else:
        console.print(f"{name}: nobody has been judged yet; assay promote run=… gate=… begins")
    state = state_of(entries)
    if state.champion:
        before = f", before it version {state.previous}" if state.previous else ""
        console.print(f"champion  version {state.champion.version}{before}")
    if entries:
        console.print(f"head      {entries[-1].head}", soft_wrap=True)
    if violations:
        console.print(
            joined(
                styled("✗ it does not hold, something was changed from outside:", "bold red"),
                f" {len(violations)} found",
            )
        )
        for finding in violations:
            console.print(f"  • {finding}", soft_wrap=True)
    elif entries:
        console.print(
            joined(
                styled("✓ it holds", "green"),
                ": no entry, alias, version or served file was touched",
            )
        )


def table(name: str, entries: Sequence[HistoryEntry]) -> Table:
    """Entries in rows, the first one first."""
    shown = Table(title=f"History of {name}", title_justify="left")
    shown.add_column("", justify="right")
    for column in ("when (UTC)", "what", "by"):
        shown.add_column(column, no_wrap=column != "by")
    shown.add_column("about", ratio=1)
    for entry in entries:
        words = describe(entry)
        style = STYLES.get(words.what, "")
        what = f"{words.mark} {words.what}"
        shown.add_row(
            str(entry.number),
            entry.time[:16].replace("T", " "),
            styled(what, style),
            entry.author,
            words.about,
        )
    return shown


def text(result: ReadHistory, request: HistoryRequest) -> None:
    """Print the history."""
    show(result.name, result.entries, result.repairs, result.findings)


def document(result: ReadHistory, request: HistoryRequest) -> dict[str, Any]:
    """Entries with their words, who reigns, and what does not hold."""
    champion = state_of(result.entries).champion
    return {
        "model": result.name,
        "champion": champion.version if champion else None,
        "head": result.entries[-1].head if result.entries else None,
        "holds": not result.findings,
        "findings": result.findings,
        "repairs": result.repairs,
        "entries": rows(result, request),
    }


def rows(result: ReadHistory, request: HistoryRequest) -> list[dict[str, Any]]:
    """One row for each entry, the first one first."""
    return [
        {
            "number": entry.number,
            "time": entry.time,
            "kind": entry.kind,
            "what": describe(entry).what,
            "author": entry.author,
            "about": describe(entry).about,
            "hash": entry.hash,
        }
        for entry in result.entries
    ]


def ending(result: ReadHistory, request: HistoryRequest) -> None:
    """What does not hold is a failure where that is asked.

    Raises:
        GateError: it does not hold.
    """
    if result.findings and request.verify:
        findings = (f"  - {finding}" for finding in result.findings)
        raise GateError("\n".join([f"{result.name}: it does not hold:", *findings, f"{OUTSIDE}; {REMEDY}"]))
