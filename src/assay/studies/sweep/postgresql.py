"""A study in PostgreSQL: its driver, and a lock between workers on any machine."""

from __future__ import annotations

import importlib.util
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from assay.files import digest_of

if TYPE_CHECKING:
    from sqlalchemy import Engine


def is_postgresql(storage: str) -> bool:
    """Whether a storage is the URL of a PostgreSQL database."""
    return storage.startswith(("postgresql", "postgres:"))


def with_driver(url: str) -> str:
    """The URL of a PostgreSQL database, with psycopg 3 if it names no driver and psycopg2 is missing."""
    scheme, separator, rest = url.partition("://")
    if scheme not in ("postgresql", "postgres"):
        return url
    driver = "" if importlib.util.find_spec("psycopg2") is not None else "+psycopg"
    return f"postgresql{driver}{separator}{rest}"


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
