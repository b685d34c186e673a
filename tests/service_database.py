"""Databases of a service with its tables and no row: migrated once for all workers of a session, then copied."""

from __future__ import annotations

import shutil
from pathlib import Path

from sqlalchemy import create_engine, text

from assay.database.locks import file_lock
from assay.database.url import with_driver
from assay.store.service_store import ServiceStore

_shared: list[Path] = []


def share_in(folder: Path) -> None:
    """From now on tables are copied from a file in this folder, which whoever is first makes."""
    _shared[:] = [folder]


def open_store(root: Path, name: str = "service.db") -> ServiceStore:
    """The store of a file in a folder; where it is missing, it has no row, and nobody waits for its migrations.

    Args:
        root: the folder.
        name: of the file.
    """
    return ServiceStore(with_tables(root / name))


def with_tables(file: Path) -> str:
    """URL of a SQLite file, which gets a service's tables where it is missing and some session shares them."""
    if _shared and not file.exists():
        file.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(_migrated(_shared[0]), file)
    return f"sqlite:///{file}"


def _migrated(folder: Path) -> Path:
    made = folder / "tables.db"
    with file_lock(folder / "tables.lock"):
        if not made.exists():
            ServiceStore(f"sqlite:///{folder}/migrated.db").close()
            (folder / "migrated.db").rename(made)
    return made


def new_database(server: str, name: str, *, template: str = "") -> str:
    """URL of a new database of a PostgreSQL server, empty or as another one is.

    Args:
        server: URL of a database that one may connect to.
        name: of the new one.
        template: the other one, to which nobody is connected.
    """
    engine = create_engine(with_driver(server), isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name}{f' TEMPLATE {template}' if template else ''}"))
    engine.dispose()
    return f"{server.rpartition('/')[0]}/{name}"
