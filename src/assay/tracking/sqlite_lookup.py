"""A look into a SQLite store: whether a run is there that carries a tag, without the seconds that MLflow takes."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING
from urllib.parse import quote

from assay.database.url import sqlite_file

if TYPE_CHECKING:
    from assay.tracking.store import TrackingStore

_QUERY = """
SELECT runs.run_uuid FROM tags
JOIN runs ON runs.run_uuid = tags.run_uuid
JOIN experiments ON experiments.experiment_id = runs.experiment_id
WHERE tags.key = ? AND tags.value = ? AND coalesce(?, experiments.name) = experiments.name
AND experiments.lifecycle_stage = 'active' AND runs.lifecycle_stage = 'active' AND runs.status = 'FINISHED'
ORDER BY runs.start_time DESC LIMIT 1
"""


def finished_run(store: TrackingStore, tag: str, value: str) -> str | None:
    """Id of the newest finished run with this tag; None where this shows none.

    Nothing is written, made or migrated. None does not say that there is no such run: a server is not asked, and a
    database of other tables is not understood; `assay.tracking.search.search` tells for certain.
    """
    file = sqlite_file(store.uri)
    if file is None or not file.is_file():
        return None
    try:
        with closing(sqlite3.connect(f"file:{quote(str(file))}?mode=ro", uri=True, timeout=5)) as connection:
            row = connection.execute(_QUERY, (tag, value, store.experiment)).fetchone()
    except sqlite3.Error:
        return None
    return None if row is None else str(row[0])
