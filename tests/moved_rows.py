"""What a SQLite file and a PostgreSQL database hold, each read by its own driver and nothing of Assay's."""

from __future__ import annotations

import sqlite3
from collections import Counter
from contextlib import closing
from datetime import date, datetime
from pathlib import Path
from typing import Any

Rows = dict[str, "Counter[tuple[Any, ...]]"]


def in_sqlite(file: Path) -> Rows:
    """Rows of each table as Python has them."""
    with closing(sqlite3.connect(f"file:{file}?mode=ro", uri=True)) as connection:
        names = [row[0] for row in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        found = {}
        for name in names:
            columns = sorted(row[1:3] for row in connection.execute(f'PRAGMA table_info("{name}")'))
            # SQLite keeps a lone number in a JSON column as a number.
            shown = ", ".join(f'CAST("{each}" AS TEXT)' if kind == "JSON" else f'"{each}"' for each, kind in columns)
            found[name] = Counter(tuple(row) for row in connection.execute(f'SELECT {shown} FROM "{name}"'))
    return found


def in_postgresql(url: str, schema: str = "public") -> Rows:
    """Rows of each table, with truth values and times as SQLite keeps them.

    Args:
        url: of the database, without a driver.
        schema: whose tables are read.
    """
    import psycopg

    with psycopg.connect(url) as connection:
        asked = (
            "SELECT table_name, column_name, data_type FROM information_schema.columns "
            "WHERE table_schema = %s AND is_generated = 'NEVER' ORDER BY table_name, column_name COLLATE \"C\""
        )
        tables: dict[str, list[str]] = {}
        for table, column, kind in connection.execute(asked, [schema]):
            shown = f'"{column}"' + ("::text" if kind == "json" else "")
            tables.setdefault(table, []).append(shown)
        return {
            name: Counter(
                tuple(map(_as_sqlite, row))
                for row in connection.execute(f'SELECT {", ".join(columns)} FROM "{schema}"."{name}"')
            )
            for name, columns in tables.items()
        }


def _as_sqlite(value: Any) -> Any:
    if isinstance(value, bool):
        return int(value)
    if isinstance(value, datetime):
        return value.strftime("%Y-%m-%d %H:%M:%S.%f")
    return value.isoformat() if isinstance(value, date) else value
