"""What the history says a version was promoted with, read by who serves it; nothing is written."""

from __future__ import annotations

from dataclasses import fields
from pathlib import Path
from typing import Any

from assay.database.chain import chain_breaks
from assay.database.engine import open_engine
from assay.database.url import database_kind, sqlite_file, sqlite_url
from assay.deploy.mlflow.sealed_entry import BEGUN, PROMOTES, TABLE, SealedEntry
from assay.errors import BundleError
from assay.tracking.client import tracking_errors

VERIFY = "assay history --verify says what does not hold"


def ensure_promoted(version: Any, alias: str, digest: str, *, database: str) -> None:
    """Return unless the history says that something else than this bundle was promoted.

    A version of a model without a history was registered by other means: nothing is known to hold it against.

    Args:
        version: MLflow's entry of it.
        alias: that it was asked for by; "" for a version by its number.
        digest: of the bundle that would answer.
        database: URL of the one with the history, or path of a SQLite file; what is no database is not looked into.

    Raises:
        BundleError: the history does not hold, or another bundle or version was promoted.
    """
    name, number = str(version.name), str(version.version)
    url = database if "://" in database else sqlite_url(Path(database).expanduser())
    if database_kind(url) not in ("sqlite", "postgresql", "mysql"):
        return
    entries, begun = _entries(url, name)
    what = f"{name}: version {number}"
    if breaks := chain_breaks(entries):
        raise BundleError(f"{what} is not served, because the history does not hold: {breaks[0].message}; {VERIFY}")
    passed = {entry.champion: entry for entry in entries if entry.kind in PROMOTES}
    if number in passed:
        due = str(passed[number].reigning.get("bundle_digest") or digest)
        if digest != due:
            raise BundleError(
                f"{what} was changed from outside: its bundle is {digest[:12]}, {due[:12]} was promoted; {VERIFY}"
            )
    elif version.tags.get("state") == "promoted":
        raise BundleError(f"{what} says that it was promoted, the history knows of no such promotion; {VERIFY}")
    moves = [entry for entry in entries if entry.moves]
    if alias != "champion" or not moves or begun == moves[-1].number:
        return
    champion = moves[-1].champion
    if champion != number:
        raise BundleError(
            f"{name}: the alias champion was moved from outside: it stands at version {number}, the history "
            f"(entry {moves[-1].number}) says {f'version {champion}' if champion else 'no version'}; {VERIFY}"
        )


def _entries(url: str, model: str) -> tuple[list[SealedEntry], int]:
    """The history of a model by number, and the number of the entry whose aliases have still to be written, or 0."""
    from sqlalchemy import inspect, text

    file = sqlite_file(url)
    if file is not None and not file.is_file():
        return [], 0
    with tracking_errors("reading the history", url, "See whether the database still answers"):
        engine = open_engine(url)
        tables = inspect(engine).get_table_names()
        if TABLE not in tables:
            return [], 0
        columns = ", ".join(field.name for field in fields(SealedEntry))
        with engine.connect() as connection:
            asked = text(f"SELECT {columns} FROM {TABLE} WHERE model = :model ORDER BY number")
            rows = [SealedEntry(**row._mapping) for row in connection.execute(asked, {"model": model})]
            begun = 0
            if BEGUN in tables:
                left = text(f"SELECT number FROM {BEGUN} WHERE model = :model AND recovered = 0")
                begun = connection.scalar(left, {"model": model}) or 0
    return rows, begun
