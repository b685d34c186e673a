"""SQLAlchemy's engine of the service's database: durable at commit, and what is deleted is overwritten."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Engine, event

from assay.database.engine import open_engine
from assay.database.url import database_kind, sqlite_file, without_password
from assay.errors import ServiceError

PATIENCE = 30
"""Seconds that a statement waits for another process that is writing."""
PRAGMAS = (
    "journal_mode=WAL",
    "synchronous=FULL",
    "secure_delete=ON",
    "foreign_keys=ON",
    f"busy_timeout={PATIENCE * 1000}",
)
KINDS = ("sqlite", "postgresql")
CONNECTIONS = 8


def service_engine(url: str) -> Engine:
    """The engine of a SQLite file or a PostgreSQL database.

    On SQLite a transaction of a connection with the execution option `writes=True` takes the right to write when it
    begins, and a commit is on the disk when it returns.

    Raises:
        ServiceError: it is another kind of database, or its driver is missing.
    """
    if database_kind(url) not in KINDS:
        raise ServiceError(
            f"{without_password(url)}: the service keeps its rows in SQLite or PostgreSQL; name one of them"
        )
    engine = open_engine(url, pooled=CONNECTIONS, error_kind=ServiceError)
    if sqlite_file(url) is not None:
        event.listen(engine, "connect", _prepare_sqlite)
        event.listen(engine, "begin", _begin_sqlite)
    return engine


def _prepare_sqlite(connection: Any, record: object) -> None:
    connection.isolation_level = None  # SQLAlchemy begins, not the driver, whose transactions leave tables out
    connection.execute(f"PRAGMA busy_timeout={1000 * PATIENCE}")
    for pragma in PRAGMAS:
        connection.execute(f"PRAGMA {pragma}")


def _begin_sqlite(connection: Any) -> None:
    writes = connection.get_execution_options().get("writes", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")
