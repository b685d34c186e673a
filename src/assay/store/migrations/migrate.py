"""Tables of the service's database as this version needs them: made beside their place, changed in one transaction."""

from __future__ import annotations

import contextlib
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import Connection, inspect
from sqlalchemy.exc import SQLAlchemyError

from assay.database.locks import LockHeldError, file_lock
from assay.database.made_whole import made_whole
from assay.database.url import sqlite_file, sqlite_url, without_password
from assay.errors import ServiceError, TrackingError
from assay.failures import words_of
from assay.store.engine import service_engine

if TYPE_CHECKING:
    from alembic.script import ScriptDirectory

NEWEST = "0016"
VERSION_TABLE = "alembic_version"
LOCK = 0x61737361795F7372
"""Of PostgreSQL, which one of several starting processes holds while it migrates."""


def ensure_tables(url: str) -> None:
    """Make the tables, or bring those of an earlier version up to date; neither is ever left half done.

    Args:
        url: of a SQLite file or a PostgreSQL database.

    Raises:
        ServiceError: the database cannot be reached or written, holds something else, or was made by a newer version.
    """
    file = sqlite_file(url)
    try:
        if file is None:
            _upgrade(url)
            return
        file.parent.mkdir(parents=True, exist_ok=True)
        with file_lock(file.with_name(f".{file.name}.lock")):
            if file.exists() and file.stat().st_size:
                _upgrade(url)
            else:
                with made_whole(file) as made:
                    _upgrade(sqlite_url(made))
                    made.chmod(0o600)  # keys and names are nobody else's
    except LockHeldError:
        raise
    except (SQLAlchemyError, OSError, TrackingError) as error:
        why = error.__cause__ if isinstance(error, TrackingError) and error.__cause__ else error
        raise ServiceError(
            f"{without_password(url)}: the service's database cannot be opened ({words_of(why)}); see that it can be "
            "reached and written, or name another by store=…"
        ) from error


def _upgrade(url: str) -> None:
    engine = service_engine(url)
    try:
        with engine.connect().execution_options(writes=True) as connection, connection.begin():
            if engine.dialect.name == "postgresql":
                connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({LOCK})")
            version = _version(connection, url)
            if version != NEWEST:
                _run_migrations(connection)
        if sqlite_file(url) is not None:
            with engine.connect() as connection, contextlib.suppress(SQLAlchemyError):
                connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    finally:
        engine.dispose()


def _version(connection: Connection, url: str) -> str | None:
    """The migration that the tables are at; None where there are none yet."""
    tables = inspect(connection).get_table_names()
    if VERSION_TABLE not in tables:
        if any(table in tables for table in ("predictions", "audit_trail", "runs", "experiments")):
            raise ServiceError(f"{without_password(url)}: holds tables of something else; name another by store=…")
        return None
    version = connection.exec_driver_sql(f"SELECT version_num FROM {VERSION_TABLE}").scalar()
    if version not in (None, NEWEST) and version not in _known():  # the newest is known without reading any migration
        raise ServiceError(
            f"{without_password(url)}: its tables are of a newer version of Assay ({version}; this one knows "
            f"{NEWEST}); install that version, or name another database by store=…"
        )
    return version


def _known() -> set[str]:
    return {script.revision for script in scripts().walk_revisions()}


def scripts() -> ScriptDirectory:
    """The migrations of this version."""
    from alembic.script import ScriptDirectory

    return ScriptDirectory.from_config(_config())


def _run_migrations(connection: Connection) -> None:
    from alembic import command

    config = _config()
    config.attributes["connection"] = connection
    command.upgrade(config, "head")


def _config():  # type: ignore[no-untyped-def]  # alembic's Config, imported where it is needed
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent).replace("%", "%%"))
    return config
