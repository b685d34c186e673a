"""The table of an import: lines of CSV or JSON with item, reviewer and what was chosen; each is good or refused."""

from __future__ import annotations

import csv
import hashlib
import io
import json
import math
import re
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from assay.errors import DataError
from assay.review.acting import LONGEST
from assay.spreadsheet import as_written

NEEDED = ("item", "reviewer", "final")
TEXTS = ("item", "reviewer", "final", "blind", "form", "comment", "reason", "guideline", "form_version", "kind", "time")
DELIMITERS = (",", ";", "\t")
MOST = 5000
"""Lines of a file: all are written in one transaction, for which every answer of the service waits."""
HEX = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True)
class TableLine:
    """A line of the table.

    Attributes:
        number: of the line in the file, from 1.
        values: text by column; "" where a cell is empty.
        details: (name, value) of what was ticked beside the choice.
        seconds: that the reviewer looked; 0 where nothing says.
        stands: whether it is a review that holds, not a skip or one that was taken back.
        refused: why it cannot be read; "" where it can.
    """

    number: int
    values: dict[str, str] = field(default_factory=dict)
    details: tuple[tuple[str, str], ...] = ()
    seconds: float = 0.0
    stands: bool = True
    refused: str = ""


@dataclass(frozen=True)
class Table:
    """A file.

    Attributes:
        digest: hex sha256 of it.
        lines: in their order.
    """

    digest: str
    lines: tuple[TableLine, ...]


def read_table(path: Path) -> Table:
    """Read a table; whatever is wrong with one line is said of that line.

    Raises:
        DataError: the file cannot be read, lacks a column, or has too many lines.
    """
    try:
        content = path.read_bytes()
    except OSError as error:
        raise DataError(f"{path}: cannot be read ({error.strerror or error})") from error
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise DataError(f"{path}: is UTF-16; save it as CSV UTF-8")
    text = content.removeprefix(b"\xef\xbb\xbf").decode("utf-8", "surrogateescape")
    suffix = path.suffix.lower()
    if suffix not in (".csv", ".jsonl"):
        raise DataError(f"{path}: reviews are read from .csv or .jsonl, as assay review export writes them")
    lines = _json_lines(text) if suffix == ".jsonl" else _csv_lines(text, path)
    if len(lines) > MOST:
        raise DataError(f"{path}: has {len(lines):,} lines; at most {MOST:,} are read at once: divide the file")
    if not lines:
        raise DataError(f"{path}: has no reviews")
    return Table(hashlib.sha256(content).hexdigest(), tuple(lines))


def _json_lines(text: str) -> list[TableLine]:
    lines = []
    for number, line in enumerate(text.split("\n"), 1):
        if not line.strip():
            continue
        try:
            values = json.loads(line)
        except ValueError as error:
            lines.append(TableLine(number, refused=_encoding(line) or f"is no JSON ({error})"))
            continue
        if not isinstance(values, dict):
            lines.append(TableLine(number, refused="is no JSON object"))
            continue
        lines.append(_line(number, values))
    return lines


def _csv_lines(text: str, path: Path) -> list[TableLine]:
    head = text.partition("\n")[0]
    delimiter = max(DELIMITERS, key=head.count)
    rows = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    lines: list[TableLine] = []
    columns: list[str] = []
    while True:
        first = rows.line_num + 1
        try:
            cells = next(rows)
        except StopIteration:
            break
        except csv.Error as error:
            lines.append(TableLine(first, refused=f"is no CSV from here on ({error})"))
            break
        if not columns:
            columns = [cell.strip().lower() for cell in cells]
            if missing := [name for name in NEEDED if name not in columns]:
                raise DataError(f"{path}: no column {missing[0]}; {', '.join(NEEDED)} are needed")
            if len(set(columns)) < len(columns):
                raise DataError(f"{path}: a column is there twice; keep the one that counts")
            continue
        if not any(cell.strip() for cell in cells):
            continue
        if len(cells) != len(columns):
            lines.append(TableLine(first, refused=f"has {len(cells)} cells, and the head has {len(columns)}"))
            continue
        lines.append(_line(first, {name: as_written(cell) for name, cell in zip(columns, cells, strict=True)}))
    return lines


def _line(number: int, values: dict[str, Any]) -> TableLine:
    try:
        texts = {name: _text(name, values.get(name)) for name in TEXTS}
        _check(texts)
        stands = texts["kind"] in ("", "review") and _truth("stands", values.get("stands"), default=True)
        details, seconds = _details(values.get("details")), _seconds(values.get("seconds"))
    except DataError as error:
        return TableLine(number, refused=str(error))
    return TableLine(number, texts, details, seconds, stands)


def _check(texts: dict[str, str]) -> None:
    for name in NEEDED if texts["kind"] in ("", "review") else NEEDED[:2]:
        if not texts[name]:
            raise DataError(f"{name} is empty")
    for name in ("comment", "reason"):
        if len(texts[name]) > LONGEST:
            raise DataError(f"{name} has more than {LONGEST:,} characters")
    for name in ("guideline", "form_version"):
        if texts[name] and not HEX.fullmatch(texts[name]):
            raise DataError(f"{name} is no sha256")
    if texts["time"]:
        try:
            datetime.fromisoformat(texts["time"])
        except ValueError as error:
            raise DataError(f"time is none: {texts['time'][:40]!r}; write it as 2026-11-01T12:00:00Z") from error


def _text(name: str, value: Any) -> str:
    if value is None:
        return ""
    if not isinstance(value, str):
        raise DataError(f"{name} is no text: {str(value)[:40]}")
    if problem := _encoding(value):
        raise DataError(f"{name} {problem}")
    if "\0" in value:
        raise DataError(f"{name} holds a NUL, which no database keeps")
    return value.strip()


def _encoding(text: str) -> str:
    return "is not UTF-8; save the file as CSV UTF-8" if any("\ud800" <= sign <= "\udfff" for sign in text) else ""


def _truth(name: str, value: Any, *, default: bool) -> bool:
    if value is None or value == "":
        return default
    known = {"true": True, "1": True, "false": False, "0": False}
    if str(value).strip().lower() not in known:
        raise DataError(f"{name} is neither true nor false: {str(value)[:40]!r}")
    return known[str(value).strip().lower()]


def _seconds(value: Any) -> float:
    if value is None or value == "":
        return 0.0
    try:
        seconds = float(value)
    except (TypeError, ValueError) as error:
        raise DataError(f"seconds is no number: {str(value)[:40]!r}") from error
    if isinstance(value, bool) or not math.isfinite(seconds) or seconds < 0:
        raise DataError(f"seconds is no number from 0 on: {str(value)[:40]!r}")
    return seconds


def _details(value: Any) -> tuple[tuple[str, str], ...]:
    """JSON as an export has it: the values by name."""
    if isinstance(value, str) and value.strip():
        try:
            value = json.loads(value)
        except ValueError as error:
            raise DataError(f'details are no JSON, as in {{"defects": ["shape"]}} ({error})') from error
    if not value:
        return ()
    listed = isinstance(value, dict) and all(
        isinstance(each, list) and all(isinstance(text, str) for text in each) for each in value.values()
    )
    if not listed:
        raise DataError('details are no lists of texts by name, as in {"defects": ["shape"]}')
    return tuple((str(name), text) for name, each in value.items() for text in each)
