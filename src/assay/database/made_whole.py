"""Databases whose tables are all there or none, whatever ends the process that makes or migrates them."""

from __future__ import annotations

import contextlib
import os
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sqlalchemy import Engine, MetaData

PATIENCE = 20.0
"""Seconds to wait for another process that is writing the file."""
OF_SQLITE = ("", "-journal", "-wal", "-shm")
"""What may lie beside a SQLite file, by the end of its name."""


def create_tables(engine: Engine, metadata: MetaData) -> None:
    """Make those of the tables that are missing, in one transaction; MySQL commits after each, and each is whole.

    Args:
        engine: of SQLite, PostgreSQL or MySQL.
        metadata: SQLAlchemy's description of the tables.

    Raises:
        SQLAlchemyError: they cannot be made; none is there that was not before.
    """
    from sqlalchemy import inspect
    from sqlalchemy.exc import SQLAlchemyError

    names = set(metadata.tables)
    if names <= set(inspect(engine).get_table_names()):
        return
    try:
        with engine.connect() as connection:
            if engine.dialect.name == "sqlite":
                # Python's driver begins no transaction for statements that make tables.
                connection.exec_driver_sql("BEGIN IMMEDIATE")
            metadata.create_all(connection)
            connection.commit()
    except SQLAlchemyError:
        # Another process may have been a moment faster.
        if not names <= set(inspect(engine).get_table_names()):
            raise


@contextmanager
def made_whole(target: Path) -> Iterator[Path]:
    """A place beside a SQLite file, for what takes many commits; at the end of the block it takes the file's place.

    Args:
        target: of the file; a former one gives way in one step. Its lock is held by the caller.

    Yields:
        Where the file is to be made, by whatever connections, all of which are closed at the end of the block.
    """
    made = target.with_name(f".{target.name}.new")
    _remove(made)  # of a process that was killed
    try:
        yield made
        if target.exists():
            shutil.copymode(target, made)
        with made.open("rb") as written:
            os.fsync(written.fileno())
        made.replace(target)
    finally:
        _remove(made)


def migrate_copy(file: Path, migrate: Callable[[Path], None]) -> Path:
    """Migrate a copy of a SQLite file beside it, and let it take the file's place; whoever would write meanwhile waits.

    Args:
        file: with tables of an older version. Its lock is held by the caller.
        migrate: called with the path of the copy; closes its connections.

    Returns:
        Where the file is kept as it was: `FILE.bak`, or with a number where that is taken.

    Raises:
        sqlite3.Error, OSError: another process is writing it, or there is no room. Nothing has changed.
    """
    with closing(sqlite3.connect(file, timeout=PATIENCE, isolation_level=None)) as held:
        held.execute("PRAGMA journal_mode = DELETE")  # what lies in a file beside it comes into the file
        held.execute("BEGIN IMMEDIATE")
        with made_whole(file) as made:
            _copy(file, made)
            migrate(made)
            return _keep(file)


def _keep(file: Path) -> Path:
    """A second name of the file; that of a process that was killed behind it is taken again."""
    number = 1
    while True:
        kept = file.with_name(f"{file.name}.bak{'' if number == 1 else f'.{number}'}")
        if not kept.exists():
            break
        if kept.samefile(file):
            return kept
        number += 1
    try:
        os.link(file, kept)
    except OSError:  # a file system without links
        with made_whole(kept) as made:
            _copy(file, made)
    return kept


def _copy(file: Path, target: Path) -> None:
    """By SQLite itself: closing a file that was opened by other means would let go of this process's locks on it."""
    with closing(sqlite3.connect(file, timeout=PATIENCE)) as source, closing(sqlite3.connect(target)) as copy:
        source.backup(copy)


def _remove(file: Path) -> None:
    for end in OF_SQLITE:
        with contextlib.suppress(FileNotFoundError):
            file.with_name(file.name + end).unlink()
