"""What is shown of a move to PostgreSQL: rows of each table, what is sealed, and what is typed from then on."""

from __future__ import annotations

from typing import Any

from rich.table import Table

from assay.migration.migrate import Migration, MovedPart
from assay.migration.request import MigrateRequest
from assay.output import say
from assay.terminal import terminal


def text(result: Migration, request: MigrateRequest) -> None:
    """Print it."""
    table = Table(show_edge=False, pad_edge=False)
    for name in ("what", "table"):
        table.add_column(name, no_wrap=True)
    for name in ("rows in SQLite", "rows in PostgreSQL"):
        table.add_column(name, justify="right")
    for moved in result.parts:
        for each in moved.tables:
            if each.there:
                table.add_row(moved.part.name, each.name, str(each.there), str(each.here))
    terminal().print(table)
    for moved in result.parts:
        _say(moved)
    for sentence in result.left:
        say(f"not moved  {sentence}")
    if "***" in "".join(moved.part.shown_url for moved in result.parts):
        say("*** stands for the password")


def _say(moved: MovedPart) -> None:
    part = moved.part
    say()
    verb = f"was moved {moved.before}, and has not changed since" if moved.before else "moved, and left as it is"
    say(f"{part.name:<9}  {part.file} {verb}")
    rows, tables = sum(each.there for each in moved.tables), len(moved.tables)
    say(f"rows       {rows} in {tables} tables, the same values in both")
    for seal in moved.seals:
        say(f"sealed     {seal.what}: {seal.lines} lines, {_state(moved, seal.findings)}, head {seal.head}")
    if moved.left:
        say(f"left       tables of something else: {', '.join(moved.left)}")
    say(f"now type   {' '.join(part.settings)}")


def _state(moved: MovedPart, findings: tuple[str, ...]) -> str:
    if findings:
        return f"does not hold ({findings[0]})"
    return "holds" if moved.before else "holds as before"


def document(result: Migration, request: MigrateRequest) -> dict[str, Any]:
    """Parts with their tables, and what is sealed in them."""
    return {
        "to": result.to,
        "parts": [
            {
                "part": moved.part.name,
                "file": str(moved.part.file),
                "url": moved.part.shown_url,
                "moved_before": moved.before,
                "tables": {each.name: {"sqlite": each.there, "postgresql": each.here} for each in moved.tables},
                "sealed": [
                    {"what": seal.what, "lines": seal.lines, "head": seal.head, "findings": list(seal.findings)}
                    for seal in moved.seals
                ],
                "left": list(moved.left),
                "settings": list(moved.part.settings),
            }
            for moved in result.parts
        ],
        "left": list(result.left),
    }


def rows(result: Migration, request: MigrateRequest) -> list[dict[str, Any]]:
    """One row for each table."""
    return [
        {"part": moved.part.name, "table": each.name, "sqlite": each.there, "postgresql": each.here}
        for moved in result.parts
        for each in moved.tables
    ]
