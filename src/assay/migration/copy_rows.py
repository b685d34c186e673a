"""Rows of one table from SQLite to PostgreSQL, in portions, and read back to be held against what they were."""

from __future__ import annotations

from sqlalchemy import Connection, Table, select
from sqlalchemy.exc import SQLAlchemyError

from assay.errors import MigrationError
from assay.failures import words_of
from assay.migration.columns import as_text, read_row, readers, written_columns
from assay.migration.content import Content, Summed
from assay.migration.source import SqliteSource

PORTION = 1000
"""Rows that are in memory at a time."""


def copy_rows(source: SqliteSource, connection: Connection, table: Table) -> Content:
    """Copy all rows of a table, and give what they were in SQLite.

    Args:
        source: which is held.
        connection: to PostgreSQL, in a transaction.
        table: as PostgreSQL has it.

    Raises:
        MigrationError: a value cannot be what its column is, or the server refuses a row.
    """
    columns = written_columns(table)
    names = [column.name for column in columns]
    if (in_source := source.columns(table.name)) != set(names):
        raise MigrationError(
            f"{source.part.file}: table {table.name} has other columns than {source.part.owner.name} makes in "
            f"PostgreSQL ({', '.join(sorted(in_source ^ set(names)))}); make that right, or move a file without them"
        )
    as_text(table)
    summed, needed, insert = Summed(), readers(columns), table.insert()
    try:
        for portion in source.batches(table.name, names, PORTION):
            rows = [read_row(row, needed) for row in portion]
            connection.execute(insert, [dict(zip(names, row, strict=True)) for row in rows])
            summed.add(rows)
    except (SQLAlchemyError, ValueError, TypeError) as error:
        raise MigrationError(
            f"{source.part.file}: table {table.name} holds what PostgreSQL does not take: {words_of(error)}. Nothing "
            "was moved; change or delete that row in a copy of the file, and move the copy"
        ) from error
    return summed.content


def content_of(connection: Connection, table: Table) -> Content:
    """What a table of PostgreSQL holds.

    Args:
        connection: to it.
        table: after `copy_rows`.
    """
    summed = Summed()
    rows = connection.execute(select(*written_columns(table)), execution_options={"yield_per": PORTION})
    for portion in rows.partitions():
        summed.add(portion)
    return summed.content


def content_in(source: SqliteSource, table: Table) -> Content:
    """What a table of SQLite holds, as PostgreSQL would; nothing is copied."""
    as_text(table)
    columns = written_columns(table)
    summed, needed = Summed(), readers(columns)
    for portion in source.batches(table.name, [column.name for column in columns], PORTION):
        summed.add([read_row(row, needed) for row in portion])
    return summed.content
