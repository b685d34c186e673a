"""Source: a SQLite file that nobody else can write while it is read."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from typing import Any

from sqlalchemy import Connection
from sqlalchemy.exc import SQLAlchemyError

from assay.database.engine import open_engine
from assay.database.locks import LockHeldError, file_lock
from assay.database.reachable import ensure_reachable
from assay.database.url import sqlite_url
from assay.errors import MigrationError
from assay.failures import words_of
from assay.migration.owner import ALEMBIC
from assay.migration.part import Part

PATIENCE = 5.0
"""Seconds to wait for another process that opens the file, or works in it."""


class SqliteSource:
    """A file, as it is while it is held; made by `held`.

    Args:
        part: that it holds.
        connection: which holds it.
    """

    def __init__(self, part: Part, connection: Connection) -> None:
        self.part, self.connection = part, connection

    def tables(self) -> set[str]:
        """Names of all tables, without those of SQLite itself."""
        asked = "SELECT name FROM sqlite_master WHERE type = 'table' AND substr(name, 1, 7) != 'sqlite_'"
        return set(self.connection.exec_driver_sql(asked).scalars())

    def columns(self, table: str) -> set[str]:
        """Names of the columns that are written, without those that are calculated."""
        return {row[1] for row in self.connection.exec_driver_sql(f"PRAGMA table_info({quoted(table)})")}

    def count(self, table: str) -> int:
        """How many rows a table has."""
        return int(self.connection.exec_driver_sql(f"SELECT count(*) FROM {quoted(table)}").scalar_one())

    def batches(self, table: str, columns: Sequence[str], size: int) -> Iterator[Sequence[Sequence[Any]]]:
        """All rows, as SQLite has them: numbers, texts, bytes and None.

        Args:
            table: its name.
            columns: in the order in which the values of a row come.
            size: rows at a time.
        """
        asked = f"SELECT {', '.join(map(quoted, columns))} FROM {quoted(table)}"
        with self.connection.exec_driver_sql(asked) as rows:
            yield from rows.partitions(size)

    @property
    def revision(self) -> str | None:
        """The migration that the tables are at; None where none is noted."""
        if ALEMBIC not in self.tables():
            return None
        revision = self.connection.exec_driver_sql(f"SELECT version_num FROM {ALEMBIC}").scalar()
        return None if revision is None else str(revision)


@contextmanager
def held(part: Part) -> Iterator[SqliteSource]:
    """The file of a part; whoever would write it waits until the end of the block. Nothing in it changes.

    Raises:
        MigrationError: somebody is at work in it, or it cannot be held.
        TrackingError: it is damaged, no database, or a run is at work in it.
    """
    ensure_reachable(sqlite_url(part.file), called=part.name, key=part.key)
    with ExitStack() as stack:
        for lock in (*(part.file.with_name(f".{part.file.name}.{end}") for end in part.owner.locks), *part.locks):
            try:
                stack.enter_context(file_lock(lock, patience=PATIENCE))
            except LockHeldError as error:
                raise MigrationError(
                    f"{part.file}: {error.holder} is at work in it; wait until that has ended, or end it, and type the "
                    "command again"
                ) from error
        part.owner.ensure_at_rest(part.file)
        engine = open_engine(sqlite_url(part.file), error_kind=MigrationError)
        connection = stack.enter_context(engine.connect())
        try:
            connection.exec_driver_sql("BEGIN IMMEDIATE")
        except SQLAlchemyError as error:
            raise MigrationError(
                f"{part.file}: cannot be held against others that write it ({words_of(error)}); end what uses it, "
                "make it writable, and type the command again"
            ) from error
        yield SqliteSource(part, connection)
        connection.rollback()


def quoted(name: str) -> str:
    """The name of a table or column as SQL has it."""
    return '"' + name.replace('"', '""') + '"'
