"""Locks between processes on any machines, held by a database server for as long as their connection lives."""

from __future__ import annotations

import contextlib
import math
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING

from assay.database.locks import LockHeldError
from assay.files import digest_of

if TYPE_CHECKING:
    from sqlalchemy import Connection, Engine

POLL_INTERVAL = 0.1
TAKE = {"postgresql": "SELECT pg_try_advisory_lock(:key)", "mysql": "SELECT GET_LOCK(CONCAT('assay', :key), 0)"}
LET_GO = {"postgresql": "SELECT pg_advisory_unlock(:key)", "mysql": "SELECT RELEASE_LOCK(CONCAT('assay', :key))"}
WAIT = {"postgresql": "SELECT pg_advisory_lock(:key)"}


@contextmanager
def server_lock(engine: Engine, name: Sequence[str], *, patience: float | None = None) -> Iterator[Connection]:
    """Hold a name in the database for the block; others wait. The server lets go when the connection is gone.

    Args:
        engine: of a PostgreSQL or MySQL database.
        name: of what is held, in parts.
        patience: seconds to wait for the holder; None waits as long as it takes.

    Yields:
        The connection that holds it: who writes over it cannot write once the lock is lost.

    Raises:
        LockHeldError: the holder did not let go in time.
        SQLAlchemyError: the database does not answer.
    """
    from sqlalchemy import text
    from sqlalchemy.exc import SQLAlchemyError

    key = {"key": int(digest_of(list(name))[:15], 16)}
    connection = engine.connect()
    try:
        if patience is None and engine.dialect.name in WAIT:
            connection.execute(text(WAIT[engine.dialect.name]), key)
        else:
            _take(connection, key, name, math.inf if patience is None else patience)
        connection.commit()
        try:
            yield connection
        finally:
            # A pool would keep the connection, and the lock with it. One that broke has let go already.
            try:
                connection.rollback()
                connection.execute(text(LET_GO[engine.dialect.name]), key)
                connection.commit()
            except SQLAlchemyError:
                connection.invalidate()
    finally:
        with contextlib.suppress(SQLAlchemyError):
            connection.close()


def _take(connection: Connection, key: dict[str, int], name: Sequence[str], patience: float) -> None:
    from sqlalchemy import text

    deadline = time.monotonic() + patience
    while not connection.scalar(text(TAKE[connection.dialect.name]), key):
        connection.rollback()
        if time.monotonic() >= deadline:
            raise LockHeldError(
                f"{': '.join(name)}: another process holds this lock in the database, and did not let go within "
                f"{patience:.0f} s",
                "another process",
            )
        time.sleep(POLL_INTERVAL)
