"""The tables of a SQLite store: made whole or not at all, and brought to those of the MLflow that is installed."""

from __future__ import annotations

import contextlib
import logging
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote

from assay.database.made_whole import made_whole, migrate_copy
from assay.database.url import sqlite_url
from assay.errors import TrackingError
from assay.tracking.client import import_quietly
from assay.tracking.process import MACHINE, is_gone, machine
from assay.tracking.table_template import copy_template, keep_template

if TYPE_CHECKING:
    from alembic.script import ScriptDirectory
    from sqlalchemy import Engine

_log = logging.getLogger(__name__)
_MADE_BY_MIGRATIONS = {"alembic_version", "workspaces"}
"""Tables that have rows before anybody has recorded anything."""


def ensure_tables(file: Path) -> None:
    """Make the tables of a store that has none, or bring those of an older MLflow to what the installed one reads.

    MLflow's migrations commit one by one, and what one of them has half done, no later command can take up. So they
    work beside the store, which is replaced in one step. A store that an earlier version left half made holds no
    record: it is put aside as `FILE.unfinished`, and made anew. One of an older MLflow is kept as `FILE.bak`.

    Args:
        file: of the store; its lock is held by the caller.

    Raises:
        TrackingError: its tables are of a newer MLflow, or cannot be migrated, or a run is at work in them.
        MlflowException, SQLAlchemyError, sqlite3.Error, OSError: the tables cannot be made. Nothing has changed.
    """
    target = file.resolve()
    unfinished = target.exists() and target.stat().st_size > 0
    if unfinished and not _is_unfinished(target):
        _ensure_current(target)
        return
    with made_whole(target) as made:
        if not copy_template(made):
            _make(made)
            keep_template(made)
        if unfinished:
            aside = target.with_name(f"{target.name}.unfinished")
            target.replace(aside)
            _log.warning("%s was left unfinished by a killed command; it is made anew, and kept as %s", file, aside)


def _ensure_current(file: Path) -> None:
    revision = _revision(file)
    if revision is None:  # no store of MLflow's; it says so itself
        return
    import_quietly()
    import mlflow
    from mlflow.exceptions import MlflowException
    from mlflow.store.db import utils
    from sqlalchemy.exc import SQLAlchemyError

    if revision == utils._get_latest_schema_revision():
        return
    if not any(script.revision == revision for script in scripts().walk_revisions()):
        raise TrackingError(
            f"{file}: its tables are of a newer MLflow (revision {revision}) than {mlflow.__version__}, which is "
            "installed. Install the newer one, or set tracking.uri to another file"
        )
    ensure_at_rest(file, "its tables are of an older MLflow")
    try:
        kept = migrate_copy(file, _migrate)
    except (MlflowException, SQLAlchemyError, sqlite3.Error) as error:
        reason = str(error).strip().partition("\n")[0]
        raise TrackingError(
            f"{file}: its tables are of an older MLflow (revision {revision}), and a copy of it could not be brought "
            f"to those of MLflow {mlflow.__version__}: {reason}. It is as it was; use the MLflow that it was made "
            "with, or set tracking.uri to another file"
        ) from error
    _log.warning(
        "%s was made by an older MLflow; its tables are those of MLflow %s now. As it was, it is kept in %s",
        *(file, mlflow.__version__, kept),
    )


def ensure_at_rest(file: Path, because: str) -> None:
    """A process of this machine that has the store open would go on writing into the file that gives way.

    Args:
        file: of the store.
        because: what is to be done about it, for the message.

    Raises:
        TrackingError: a run is at work in it.
        sqlite3.Error: it cannot be read.
    """
    with closing(_reading(file)) as connection:
        if not {"runs", "tags"} <= _tables(connection):
            return
        running = [run for (run,) in connection.execute("SELECT run_uuid FROM runs WHERE status = 'RUNNING'")]
        for run in running:
            tags = dict(connection.execute("SELECT key, value FROM tags WHERE run_uuid = ?", (run,)).fetchall())
            if tags.get(MACHINE) == machine() and not is_gone(tags):
                raise TrackingError(
                    f"{file}: {because}, and run {run} is at work in them; wait until that has "
                    "ended, or end it, and type the command again"
                )


def _make(file: Path) -> None:
    import_quietly()
    from mlflow.store.db import utils

    engine = utils.create_sqlalchemy_engine_with_retry(sqlite_url(file))
    try:
        make_tables(engine)
    finally:
        engine.dispose()


def make_tables(engine: Engine) -> None:
    """Make all tables in a database that has none, or what a killed process had not made yet.

    Args:
        engine: of a database, which is written by many commits where it is SQLite, and by two where it is PostgreSQL.
    """
    import_quietly()
    from mlflow.store.db import utils

    utils._initialize_tables(engine)


def _migrate(file: Path) -> None:
    from mlflow.store.db import utils

    engine = utils.create_sqlalchemy_engine_with_retry(sqlite_url(file))
    try:
        utils._upgrade_db(engine)
    finally:
        engine.dispose()


def scripts() -> ScriptDirectory:
    """The migrations of the MLflow that is installed."""
    import_quietly()
    from alembic.script import ScriptDirectory
    from mlflow.store.db import utils

    return ScriptDirectory.from_config(utils._get_alembic_config(""))


def _revision(file: Path) -> str | None:
    """Of MLflow's tables; None where there are none, or the file cannot be read, which is said elsewhere."""
    with contextlib.suppress(sqlite3.Error), closing(_reading(file)) as connection:
        row = connection.execute("SELECT version_num FROM alembic_version").fetchone()
        return None if row is None else str(row[0])
    return None


def _is_unfinished(file: Path) -> bool:
    """Whether migrations of MLflow's began in the file and nothing was ever recorded: not even its first experiment."""
    with contextlib.suppress(sqlite3.Error), closing(_reading(file)) as connection:
        tables = _tables(connection)
        if "experiments" in tables and _has_rows(connection, "experiments"):
            return False
        recorded = any(_has_rows(connection, name) for name in tables - _MADE_BY_MIGRATIONS - {"sqlite_sequence"})
        return not recorded and not tables.isdisjoint(_mlflow_tables())
    return False


def _tables(connection: sqlite3.Connection) -> set[str]:
    return {name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}


def _has_rows(connection: sqlite3.Connection, table: str) -> bool:
    return connection.execute(f'SELECT 1 FROM "{table}" LIMIT 1').fetchone() is not None


def _reading(file: Path) -> sqlite3.Connection:
    return sqlite3.connect(f"file:{quote(str(file))}?mode=ro", uri=True, timeout=20)


def _mlflow_tables() -> set[str]:
    import_quietly()
    from mlflow.store.db.utils import InitialBase
    from mlflow.store.tracking.dbmodels.models import Base

    return {*InitialBase.metadata.tables, *Base.metadata.tables, "alembic_version"}
