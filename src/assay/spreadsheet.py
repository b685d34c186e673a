"""Tables as CSV: the one way out to spreadsheets, which take a cell that begins like a formula for one."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from assay.files import atomic_write

FORMULA = ("=", "+", "-", "@", "\t", "\r")
"""What a cell begins with that spreadsheets calculate, or send somewhere (OWASP, CSV injection)."""

Cells = Sequence[object] | Mapping[str, object]


def csv_text(columns: Sequence[str], rows: Iterable[Cells], *, line_end: str = "\r\n") -> str:
    """A table as text.

    Args:
        columns: the heads.
        rows: values in the order of the columns, or by their names; what a row lacks, and None, is an empty cell.
        line_end: between lines; RFC 4180 asks for the default.
    """
    table = ([row.get(column) for column in columns] if isinstance(row, Mapping) else row for row in rows)
    lines = [csv_line(columns), *map(csv_line, table)]
    return "".join(line + line_end for line in lines)


def save_csv(path: Path, columns: Sequence[str], rows: Iterable[Cells]) -> None:
    """Write a table whole or not at all, with a byte-order mark, by which spreadsheets know UTF-8."""
    with atomic_write(path) as temporary:
        temporary.write_text(csv_text(columns, rows), encoding="utf-8-sig", newline="")


def inert(value: object) -> object:
    """A cell that no spreadsheet calculates: text that begins like a formula gets an apostrophe in front of it.

    Numbers stay, also those written as text.
    """
    if not isinstance(value, str) or not value.startswith(FORMULA) or _is_number(value):
        return value
    return f"'{value}"


def as_written(cell: str) -> str:
    """What stood in a cell before `inert` put its apostrophe there."""
    return cell[1:] if cell.startswith("'") and cell[1:].startswith(FORMULA) else cell


def csv_line(values: Sequence[object]) -> str:
    """One row as text, without the end of its line; for tables that grow row by row."""
    written = io.StringIO(newline="")
    # The writer puts cells with \r into quotes only where \r ends its lines.
    csv.writer(written, lineterminator="\r\n").writerow([inert(value) for value in values])
    return written.getvalue()[:-2]


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True
