"""Rows of text with a delimiter between cells, as spreadsheets and programs of many countries write them."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Collection, Iterator, Sequence
from typing import Protocol

import pandas as pd

DELIMITERS = (",", "\t", ";", "|")
_SAYS_DELIMITER = re.compile(r"\ufeff?\"?sep=(.)\"?[ \t]*(?:\r\n|\r|\n)", re.IGNORECASE)
"""The first line that a spreadsheet writes where another country's delimiter is not a comma."""


class _Rows(Protocol):
    line_num: int

    def __iter__(self) -> Iterator[list[str]]: ...


def read_delimited(text: str, known: Collection[str], *, first: str = ",") -> pd.DataFrame:
    """The rows under their header, every cell as text; rows without anything in them are left out.

    The delimiter is what a first line `sep=;` says, or else whichever makes most of the known columns appear in the
    header, or else whichever stands there most often.

    Args:
        text: of the whole file.
        known: names of columns that mean something, in small letters.
        first: the delimiter where several do equally well.

    Raises:
        ValueError: a row has more or fewer cells than the header, or quotation marks that do not close.
    """
    declared = _SAYS_DELIMITER.match(text)
    if declared:
        text = text[declared.end() :]
    header = re.split(r"[\r\n]", text, maxsplit=1)[0]
    delimiter = (
        declared[1] if declared else max(DELIMITERS, key=lambda mark: (*_fit(header, mark, known), mark == first))
    )
    rows = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True, skipinitialspace=True)
    columns: list[str] = []
    cells = []
    before = int(declared is not None)
    for row in _parsed(rows, before):
        if not columns:
            columns = row
        elif any(cell.strip() for cell in row):
            if len(row) != len(columns):
                where = f"line {rows.line_num + before}"
                raise ValueError(f"{where} has {len(row)} fields; the header has {len(columns)}{_about(columns)}")
            cells.append(row)
    return pd.DataFrame(cells, columns=columns, dtype=object)


def _parsed(rows: _Rows, before: int) -> Iterator[list[str]]:
    """The rows; what is wrong with one is said with the line that it begins on."""
    line = before + 1
    try:
        for row in rows:
            yield row
            line = rows.line_num + before + 1
    except csv.Error as error:
        raise ValueError(f"the row that begins on line {line}: {error}") from error


def _fit(header: str, delimiter: str, known: Collection[str]) -> tuple[int, int]:
    names = [cell.strip().strip('"').lower() for cell in header.strip("\ufeff").split(delimiter)]
    return len({*names}.intersection(known)), len(names)


def _about(columns: Sequence[str]) -> str:
    return f" ({columns[0]!r}: is it the header?)" if len(columns) == 1 else ""
