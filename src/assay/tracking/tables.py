"""The tables of a SQLite store, made whole or not at all: a process killed on the way leaves the place empty."""

from __future__ import annotations

import contextlib
import logging
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path
from urllib.parse import quote

from assay.database.url import sqlite_url
from assay.tracking.client import import_quietly

_log = logging.getLogger(__name__)
_MADE_BY_MIGRATIONS = {"alembic_version", "workspaces"}
"""Tables that have rows before anybody has recorded anything."""


def ensure_tables(file: Path) -> None:
    """Make the tables of a store that has none, beside its place, and move them there in one step.

    MLflow's migrations commit one by one, and what one of them has half done, no later command can take up. A store
    that an earlier version left like this holds no record: it is put aside as `FILE.unfinished`, and made anew.

    Args:
        file: of the store; its lock is held by the caller.

    Raises:
        MlflowException, SQLAlchemyError, OSError: the tables cannot be made; nothing has changed.
    """
    target = file.resolve()
    unfinished = target.exists() and target.stat().st_size > 0
    if unfinished and not _is_unfinished(target):
        return
    made = target.with_name(f".{target.name}.new")
    _remove(made)
    _migrate(made)
    if unfinished:
        aside = target.with_name(f"{target.name}.unfinished")
        target.replace(aside)
        _log.warning("%s was left unfinished by a killed command; it is made anew, and kept as %s", file, aside)
    elif target.exists():
        shutil.copymode(target, made)
    made.replace(target)


def _migrate(file: Path) -> None:
    import_quietly()
    from mlflow.store.db import utils

    engine = utils.create_sqlalchemy_engine_with_retry(sqlite_url(file))
    try:
        utils._initialize_tables(engine)
    finally:
        engine.dispose()


def _is_unfinished(file: Path) -> bool:
    """Whether migrations of MLflow's began in the file and nothing was ever recorded: not even its first experiment."""
    with contextlib.suppress(sqlite3.Error), closing(_reading(file)) as connection:
        tables = {name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
        if "experiments" in tables and _has_rows(connection, "experiments"):
            return False
        recorded = any(_has_rows(connection, name) for name in tables - _MADE_BY_MIGRATIONS - {"sqlite_sequence"})
        return not recorded and not tables.isdisjoint(_mlflow_tables())
    return False


def _has_rows(connection: sqlite3.Connection, table: str) -> bool:
    return connection.execute(f'SELECT 1 FROM "{table}" LIMIT 1').fetchone() is not None


def _reading(file: Path) -> sqlite3.Connection:
    return sqlite3.connect(f"file:{quote(str(file))}?mode=ro", uri=True, timeout=20)


def _mlflow_tables() -> set[str]:
    import_quietly()
    from mlflow.store.db.utils import InitialBase
    from mlflow.store.tracking.dbmodels.models import Base

    return {*InitialBase.metadata.tables, *Base.metadata.tables, "alembic_version"}


def _remove(file: Path) -> None:
    for suffix in ("", "-journal", "-wal", "-shm"):
        file.with_name(file.name + suffix).unlink(missing_ok=True)
