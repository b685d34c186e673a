"""Database URLs: their driver, and what to install for it."""

from __future__ import annotations

import importlib.util


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
