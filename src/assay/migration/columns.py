"""Columns of PostgreSQL, and what SQLite keeps for them: the same values in both, or an error."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import JSON, Boolean, Column, ColumnElement, Date, DateTime, Float, LargeBinary, Table, Text, cast
from sqlalchemy.types import TypeEngine

Reader = Callable[[Any], Any]


def written_columns(table: Table) -> list[Column[Any]]:
    """Those that are written; the server calculates others from them."""
    return [column for column in table.columns if column.computed is None]


def as_text(table: Table) -> None:
    """From now on JSON columns take and give their text as it is, which reading and writing it would change."""
    for column in table.columns:
        if isinstance(column.type, JSON):
            column.type = _JsonText()


class _JsonText(Text):
    """The text of a JSON column."""

    render_bind_cast = True

    def bind_expression(self, bindparam: Any) -> ColumnElement[Any]:
        return cast(bindparam, JSON())

    def column_expression(self, column: Any) -> ColumnElement[Any]:
        return cast(column, Text())


def readers(columns: Sequence[Column[Any]]) -> list[tuple[int, Reader]]:
    """What makes of SQLite's values those of PostgreSQL, by place in a row, for the columns that need it.

    Args:
        columns: as PostgreSQL has them.
    """
    found = ((place, _reader(column.type)) for place, column in enumerate(columns))
    return [(place, reader) for place, reader in found if reader is not None]


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
    return bytes if isinstance(kind, LargeBinary) else None


def _truth(value: Any) -> bool:
    if value not in (0, 1):
        raise ValueError(f"{value!r:.40} is neither 0 nor 1")
    return bool(value)
