"""SQLAlchemy's engine of a database URL, or what to install for it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from assay.config.extras import install_command
from assay.database.url import database_kind, sqlite_file, with_driver, without_password
from assay.errors import TrackingError

if TYPE_CHECKING:
    from sqlalchemy import Engine

SQLITE_PATIENCE = 60
"""Seconds that a statement waits for another process that is writing the file."""


def open_engine(url: str) -> Engine:
    """An engine that keeps no connection of its own, so that closing one lets go of what it holds.

    Args:
        url: of a database; a driver is chosen where it names none.

    Raises:
        TrackingError: its driver is missing; the message says what to install.
        SQLAlchemyError: it cannot be read.
    """
    from sqlalchemy import create_engine
    from sqlalchemy.exc import NoSuchModuleError
    from sqlalchemy.pool import NullPool

    url = with_driver(url)
    waiting = {} if sqlite_file(url) is None else {"timeout": SQLITE_PATIENCE}
    try:
        return create_engine(url, poolclass=NullPool, connect_args=waiting)
    except (ModuleNotFoundError, NoSuchModuleError) as error:
        kind = database_kind(url)
        install = {"postgresql": install_command("postgresql"), "mysql": "pip install pymysql"}.get(kind)
        raise TrackingError(
            f"{without_password(url)}: the driver of this database is missing ({error}); "
            + (f"install it, e.g. {install}" if install else "install it, or use SQLite, PostgreSQL or MySQL")
        ) from error
