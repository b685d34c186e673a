"""SQLAlchemy's engine of a database URL, or what to install for it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from assay.config.extras import install_command
from assay.database.url import database_kind, sqlite_file, with_driver, without_password
from assay.errors import AssayError, TrackingError

if TYPE_CHECKING:
    from sqlalchemy import Engine

SQLITE_PATIENCE = 60
"""Seconds that a statement waits for another process that is writing the file."""


def open_engine(url: str, *, pooled: int = 0, error_kind: type[AssayError] = TrackingError) -> Engine:
    """An engine that keeps no connection of its own, so that closing one lets go of what it holds, unless asked to.

    Args:
        url: of a database; a driver is chosen where it names none.
        pooled: connections that are kept; one to a server is tried before it is used again.
        error_kind: of the error where its driver is missing.

    Raises:
        AssayError: of this kind: its driver is missing; the message says what to install.
        SQLAlchemyError: it cannot be read.
    """
    from sqlalchemy import create_engine
    from sqlalchemy.exc import NoSuchModuleError
    from sqlalchemy.pool import NullPool, QueuePool

    url = with_driver(url)
    waiting = {} if sqlite_file(url) is None else {"timeout": SQLITE_PATIENCE}
    pool: dict[str, Any] = {"poolclass": NullPool}
    if pooled:
        pool = {"poolclass": QueuePool, "pool_size": pooled, "pool_pre_ping": sqlite_file(url) is None}
    try:
        return create_engine(url, connect_args=waiting, **pool)
    except (ModuleNotFoundError, NoSuchModuleError) as error:
        kind = database_kind(url)
        install = {"postgresql": install_command("postgresql"), "mysql": "pip install pymysql"}.get(kind)
        raise error_kind(
            f"{without_password(url)}: the driver of this database is missing ({error}); "
            + (f"install it, e.g. {install}" if install else "install it, or use SQLite, PostgreSQL or MySQL")
        ) from error
