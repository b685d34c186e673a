"""Columns of PostgreSQL, and what SQLite keeps for them: the same values in both, or an error."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import JSON, Boolean, Column, ColumnElement, Date, DateTime, Float, LargeBinary, Table, Text, cast
from sqlalchemy.types import TypeDecorator, TypeEngine

Reader = Callable[[Any], Any]


def written_columns(table: Table) -> list[Column[Any]]:
    """Those that are written; the server calculates others from them."""
    return [column for column in table.columns if column.computed is None]


def as_text(table: Table) -> None:
    """From now on JSON columns take and give their text as it is, which reading and writing it would change."""
    for column in table.columns:
        if isinstance(column.type, JSON):
            column.type = JsonText()


class JsonText(TypeDecorator[str]):
    """The text of a JSON column."""

    impl = Text
    cache_ok = True

    def bind_expression(self, bindparam: Any) -> ColumnElement[Any]:
        """What is written: the text, which the server takes for JSON."""
        return cast(bindparam, JSON())

    def column_expression(self, column: Any) -> ColumnElement[Any]:
        """What is read: the text as it was written."""
        return cast(column, Text())


def readers(columns: Sequence[Column[Any]]) -> list[tuple[int, Reader]]:
    """What makes of SQLite's values those of PostgreSQL, by place in a row, for the columns that need it.

    Args:
        columns: as PostgreSQL has them.
    """
    converters = ((place, _reader(column.type)) for place, column in enumerate(columns))
    return [(place, reader) for place, reader in converters if reader is not None]


def read_row(row: Sequence[Any], needed: Sequence[tuple[int, Reader]]) -> list[Any]:
    """A row of SQLite as PostgreSQL takes it; NULL stays.

    Raises:
        ValueError, TypeError: a value is none of its column's kind.
    """
    values = list(row)
    for place, reader in needed:
        if values[place] is not None:
            values[place] = reader(values[place])
    return values


def _reader(kind: TypeEngine[Any]) -> Reader | None:
    if isinstance(kind, Boolean):
        return _truth
    if isinstance(kind, Float):
        return float
    if isinstance(kind, DateTime):
        return datetime.fromisoformat
    if isinstance(kind, Date):
        return date.fromisoformat
    if isinstance(kind, JsonText):
        return _text_of_json
    return bytes if isinstance(kind, LargeBinary) else None


def _text_of_json(value: Any) -> str:
    """SQLite takes the text of a lone number in a JSON column for the number."""
    return value if isinstance(value, str) else json.dumps(value)


def _truth(value: Any) -> bool:
    if value not in (0, 1):
        raise ValueError(f"{value!r:.40} is neither 0 nor 1")
    return bool(value)
