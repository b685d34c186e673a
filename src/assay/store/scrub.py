"""What was deleted leaves the files of the database too: free pages, what lay behind rows, and the log of SQLite."""

from __future__ import annotations

import sqlite3
import time
from typing import Any

from sqlalchemy import Engine

from assay.database.url import sqlite_file
from assay.errors import ServiceError
from assay.store.engine import service_engine
from assay.store.holdings import HOLDINGS

PATIENCE, PAUSE = 60.0, 0.1
"""Seconds to wait for readers of a running service, and between two looks."""


def scrub(url: str, *, patience: float = PATIENCE) -> bool:
    """Rewrite the database without whatever was deleted.

    SQLite's `secure_delete` writes zeros over rows, but what a page held before its rows were moved can stay behind
    them, so the file is written anew (VACUUM), and the write-ahead log is emptied, for which no reader may need it.
    PostgreSQL rewrites the tables that held somebody; its own log keeps what it has until it is recycled.

    Args:
        url: of the database.
        patience: seconds to wait for those who read.

    Returns:
        Whether nothing of it is left; False where somebody reads for too long, and it has to be done again.
    """
    engine = service_engine(url)
    try:
        if sqlite_file(url) is None:
            with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
                for holding in HOLDINGS:
                    connection.exec_driver_sql(f"VACUUM FULL {holding.name}")
            return True
        return _scrub_sqlite(engine, patience)
    finally:
        engine.dispose()


def _scrub_sqlite(engine: Engine, patience: float) -> bool:
    until = time.monotonic() + patience
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as pooled:
        connection: Any = pooled.connection.driver_connection
        while not (_vacuumed(connection) and _emptied(connection)):
            if time.monotonic() > until:
                return False
            time.sleep(PAUSE)
    return True


def _vacuumed(connection: Any) -> bool:
    try:
        connection.execute("VACUUM")
    except sqlite3.OperationalError as error:
        if error.sqlite_errorcode not in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
            raise ServiceError(
                f"the database cannot be written anew ({error}); see that there is room for it"
            ) from error
        return False
    return True


def _emptied(connection: Any) -> bool:
    """Whether nothing is left in the log: another may have written since, and readers may need it."""
    busy, _, _ = connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
    return not busy
