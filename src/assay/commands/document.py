"""Results as one JSON document, or as a table in CSV."""

from __future__ import annotations

import dataclasses
import json
import math
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from assay import spreadsheet

VERSION = 1
"""Of the schemas `assay.COMMAND`: counted up when a key is taken away or means something else."""
Row = dict[str, Any]


def json_text(name: str, content: Mapping[str, Any]) -> str:
    """A document with the name and the version of its schema.

    Args:
        name: of the command.
        content: values, records, measurements and paths; a number that is not finite becomes null.
    """
    document = {"schema": f"assay.{name}", "version": VERSION, **content}
    return json.dumps(plain(document), indent=2, ensure_ascii=False, allow_nan=False)


def jsonl_text(rows: Iterable[Mapping[str, Any]]) -> str:
    """A document in each line, without the name of a schema."""
    return "".join(json.dumps(plain(row), ensure_ascii=False, allow_nan=False) + "\n" for row in rows)


def csv_text(rows: Sequence[Row]) -> str:
    """A table with the columns of all rows, in the order of their first appearance; no rows give an empty text."""
    columns = list(dict.fromkeys(column for row in rows for column in row))
    if not columns:
        return ""
    cells = ({column: _cell(value) for column, value in row.items()} for row in rows)
    return spreadsheet.csv_text(columns, cells, line_end="\n")


def measurement_cells(measured: Any) -> Row:
    """The five columns of a measurement: value, low, high, n, method."""
    return {name: getattr(measured, name) for name in ("value", "low", "high", "n", "method")}


def plain(value: Any) -> Any:
    """A value as JSON knows it: a record by its fields, a measurement with value, low, high, n and method."""
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {field.name: plain(getattr(value, field.name)) for field in dataclasses.fields(value)}
    if isinstance(value, Mapping):
        return {_name(key): plain(entry) for key, entry in value.items()}
    if isinstance(value, (list, tuple, set, frozenset)):
        return [plain(entry) for entry in value]
    if value is None or isinstance(value, (str, bool, int)):
        return value
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, Path):
        return str(value)
    if hasattr(value, "tolist"):  # arrays and scalars of numpy, which is not imported for this
        return plain(value.tolist())
    return str(value)


def _name(key: Any) -> str:
    return "/".join(str(part) for part in key if part is not None) if isinstance(key, tuple) else str(key)


def _cell(value: Any) -> Any:
    value = plain(value)
    if isinstance(value, bool):
        return str(value).lower()
    return json.dumps(value, ensure_ascii=False) if isinstance(value, (list, dict)) else value
