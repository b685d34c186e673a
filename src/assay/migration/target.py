"""Target: a PostgreSQL database that holds nothing yet, and the note of what was moved to it."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, datetime

from sqlalchemy import Column, Connection, Engine, MetaData, String, Table, Text, inspect
from sqlalchemy.exc import SQLAlchemyError

from assay.database.engine import open_engine
from assay.database.locks import LockHeldError
from assay.database.reachable import ensure_reachable
from assay.database.server_lock import server_lock
from assay.database.url import without_password
from assay.errors import MigrationError
from assay.failures import words_of
from assay.migration.content import Content
from assay.migration.owner import ALEMBIC
from assay.migration.part import Part
from assay.migration.source import quoted

MOVED = Table(
    "assay_moved",
    MetaData(),
    Column("part", String(20), primary_key=True),
    Column("time", String(24), nullable=False),
    Column("source", Text, nullable=False),
    Column("tables", Text, nullable=False),
)
"""One row for each part that was moved, written in the same transaction as its rows; `tables` is JSON."""


@dataclass(frozen=True)
class MovedData:
    """The note of an earlier move.

    Attributes:
        time: UTC.
        source: path of the file.
        tables: name -> what was moved.
    """

    time: str
    source: str
    tables: Mapping[str, Content]


@contextmanager
def opened(part: Part, to: str) -> Iterator[Engine]:
    """The database of a part, with its schema, for this process alone.

    Args:
        part: that is moved.
        to: the URL without the schema.

    Raises:
        MigrationError: it cannot be reached, or another process moves something into it.
    """
    ensure_reachable(to, called="PostgreSQL", key="to")
    plain = open_engine(to, error_kind=MigrationError)
    try:
        with server_lock(plain, ["assay", "migrate"], patience=0) as connection:
            if part.schema:
                connection.exec_driver_sql(f"CREATE SCHEMA IF NOT EXISTS {part.schema}")
                connection.commit()
            yield open_engine(part.url, error_kind=MigrationError)
    except LockHeldError as error:
        raise MigrationError(
            f"{without_password(to)}: another process moves something into this database; wait until it has ended"
        ) from error
    except SQLAlchemyError as error:
        raise MigrationError(
            f"{part.shown_url}: the database refuses: {words_of(error)}. {part.file} is as it was; see that "
            "the database is there (createdb DATABASE makes it) and that this user may make tables in it, and type the "
            "command again"
        ) from error


def moved_before(engine: Engine, part: Part) -> MovedData | None:
    """The note of the part that this database holds; None where it was not moved here."""
    if not inspect(engine).has_table(MOVED.name):
        return None
    with engine.connect() as connection:
        row = connection.execute(MOVED.select().where(MOVED.c.part == part.name)).first()
    if row is None:
        return None
    tables = {name: Content(**content) for name, content in json.loads(row.tables).items()}
    return MovedData(row.time, row.source, tables)


def note_moved(connection: Connection, part: Part, tables: Mapping[str, Content]) -> None:
    """Note in this transaction that the part was moved."""
    MOVED.create(connection, checkfirst=True)
    written = json.dumps({name: asdict(content) for name, content in tables.items()}, sort_keys=True)
    time = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    connection.execute(
        MOVED.insert().values(part=part.name, time=time, source=str(part.file.resolve()), tables=written)
    )


def ensure_ours(engine: Engine, part: Part) -> None:
    """Return where the tables of the database, if it has any, are those that this part needs.

    Raises:
        MigrationError: they are of something else, or of another version.
    """
    if part.owner.scripts is None or not inspect(engine).has_table(ALEMBIC):
        return
    with engine.connect() as connection:
        revision = connection.exec_driver_sql(f"SELECT version_num FROM {ALEMBIC}").scalar()
    if revision is not None and revision != part.owner.scripts().get_current_head():
        raise MigrationError(
            f"{part.shown_url}: holds tables of something else, or of another version of {part.owner.name} "
            f"({revision}); name a database that holds nothing"
        )


def ensure_empty(connection: Connection, part: Part, tables: set[str]) -> None:
    """Return where none of the tables has a row, but for those that are there before anything is recorded.

    Args:
        connection: to the database.
        part: that is moved.
        tables: names of those that the part has.

    Raises:
        MigrationError: one has rows.
    """
    for name in sorted(tables & set(inspect(connection).get_table_names())):
        but = part.owner.seeds.get(name)
        condition = f" WHERE NOT ({but})" if but else ""
        if connection.exec_driver_sql(f"SELECT 1 FROM {quoted(name)}{condition} LIMIT 1").first() is not None:
            raise MigrationError(
                f"{part.shown_url}: its table {name} holds rows already, which are not mixed with those of "
                f"{part.file}; name a database that holds nothing (createdb DATABASE makes one)"
            )


def set_sequences(connection: Connection, table: Table) -> None:
    """Let the next number that the server gives out follow the highest that is there."""
    for column in table.primary_key.columns:
        sequence = connection.exec_driver_sql(
            "SELECT pg_get_serial_sequence(%(table)s, %(column)s)",
            {"table": quoted(table.name), "column": column.name},
        ).scalar()
        if sequence:
            connection.exec_driver_sql(
                f"SELECT setval('{sequence}', max({quoted(column.name)})) FROM {quoted(table.name)} "
                f"HAVING max({quoted(column.name)}) IS NOT NULL"
            )
