"""A project that was moved, renamed or copied: its SQLite store names the places where its artifacts lie now."""

from __future__ import annotations

import logging
import sqlite3
from contextlib import closing
from pathlib import Path

from assay.tracking.artifact_uri import artifact_uri, local_path

_log = logging.getLogger(__name__)
_PLACES = (
    ("experiments", "artifact_location"),
    ("runs", "artifact_uri"),
    ("logged_models", "artifact_location"),
    ("model_versions", "storage_location"),
)
"""A version's `source` stays as it was promoted, as the history seals it; MLflow serves from `storage_location`."""


def follow_move(file: Path, artifacts: str | None) -> None:
    """Let the store name the artifacts beside it, where it was made in another folder and they came along with it.

    MLflow keeps places absolute. A place is changed when what it holds lies here, or no longer lies there; in a copy
    of a project each of the two goes on with its own files. Artifacts that were never beside the store stay
    where they are.

    Args:
        file: of the store; its lock is held by the caller.
        artifacts: where artifacts of new experiments go, as MLflow is given it; None where a server decides.

    Raises:
        sqlite3.Error: the store cannot be read or written; nothing has changed.
    """
    here = local_path(artifacts) if artifacts else None
    if here is None or not here.is_relative_to(file.absolute().parent):
        return
    inside = f"/{here.relative_to(file.absolute().parent).as_posix()}"
    with closing(sqlite3.connect(file, timeout=20)) as connection, connection:
        if not _has_table(connection, "experiments"):
            return
        for root in _roots(connection, inside):
            _follow(connection, root, here, inside)


def _roots(connection: sqlite3.Connection, inside: str) -> list[str]:
    """The folders that the store has lain in, as experiments name them."""
    rows = connection.execute("SELECT DISTINCT artifact_location FROM experiments WHERE artifact_location IS NOT NULL")
    return sorted(place.removesuffix(inside) for (place,) in rows if place.endswith(inside))


def _follow(connection: sqlite3.Connection, root: str, here: Path, inside: str) -> None:
    before, now = local_path(root), Path(str(here).removesuffix(inside))
    if before is None or before == now or (before.exists() and before.samefile(now)):
        return
    gone = not Path(f"{before}{inside}").exists()
    changes: list[tuple[str, str, int, str, bool, bool]] = []
    for table, column in _PLACES:
        if not _has_table(connection, table):
            continue
        query = f"SELECT rowid, {column} FROM {table} WHERE substr({column}, 1, ?) = ?"
        for row, uri in connection.execute(query, (len(root) + 1, f"{root}/")):
            old = local_path(uri)
            if old is None:
                continue
            new = now / old.relative_to(before)
            lies_here = new.exists()
            changes.append((table, column, row, artifact_uri(new), lies_here, lies_here or not old.exists()))
    runs = [change for change in changes if change[0] == "runs"]
    if not (any(change[4] for change in runs) or (gone and not runs)):
        return
    for table, column, row, uri, _, moves in changes:
        if moves:
            connection.execute(f"UPDATE {table} SET {column} = ? WHERE rowid = ?", (uri, row))
    _log.warning("this project lay in %s before; its artifacts are read and written in %s now", before, now)


def _has_table(connection: sqlite3.Connection, table: str) -> bool:
    tables = connection.execute("SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = ?", (table,))
    return tables.fetchone() is not None
