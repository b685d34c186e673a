"""A lock between workers on any machine, held by PostgreSQL."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from assay.files import digest_of

if TYPE_CHECKING:
    from sqlalchemy import Engine


@contextmanager
def advisory_lock(engine: Engine, name: str) -> Iterator[None]:
    """Hold a name in the database for the block; others wait. The server lets go when the connection is gone.

    Args:
        engine: of the database.
        name: of what is held.

    Raises:
        SQLAlchemyError: the database does not answer.
    """
    from sqlalchemy import text

    key = {"key": int(digest_of(["assay sweep", name])[:15], 16)}
    with engine.connect() as connection:
        connection.execute(text("SELECT pg_advisory_lock(:key)"), key)
        try:
            yield
        finally:
            connection.execute(text("SELECT pg_advisory_unlock(:key)"), key)
