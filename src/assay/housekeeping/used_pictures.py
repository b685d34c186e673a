"""Pictures of recorded runs: which are test images of registered models, and which runs used some pictures."""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from assay.collection.likeness import TestImage
from assay.errors import DataError, TrackingError
from assay.housekeeping.listed_runs import registered_versions
from assay.housekeeping.run_details import exported
from assay.run.reviewed_notes import SOURCE
from assay.tracking.listing import list_runs, records_by_id
from assay.tracking.picture_use import PictureUse
from assay.tracking.run_files import MANIFEST

if TYPE_CHECKING:
    import pandas as pd

    from assay.tracking.connection import Connection
    from assay.tracking.read import RunRecord

logger = logging.getLogger(__name__)


def test_images(store: Connection) -> list[TestImage]:
    """Images of the split test of every registered version; a version whose manifest is gone is named in a warning."""
    versions = registered_versions(store)
    images: dict[str, TestImage] = {}
    for record in records_by_id(store, versions).values():
        table = _table(record, ["id", "phash", "split"])
        if table is None:
            logger.warning("%s: its manifest cannot be read, so nothing is held against its test images", record.name)
            continue
        of = ", ".join(versions[record.run_id])
        test = table[table["split"] == "test"]
        for digest, phash in zip(test["id"].tolist(), test["phash"].tolist(), strict=True):
            images.setdefault(digest, TestImage(digest, phash, of))
    return list(images.values())


def uses_of(store: Connection, pictures: Collection[str]) -> list[PictureUse]:
    """Runs whose recorded manifest has some of these pictures, the newest first.

    Args:
        store: where runs are recorded.
        pictures: sha256 of their files.
    """
    wanted = set(pictures)
    return list(_uses(store, ["id"], lambda table: table["id"].isin(wanted))) if pictures else []


def uses_of_erased(store: Connection, buried: Callable[[list[str]], Collection[str]]) -> list[PictureUse]:
    """Runs whose recorded manifest names kept pictures that may be in no manifest any more, the newest first.

    Args:
        store: where runs are recorded.
        buried: those of some kept pictures, by their numbers, that were erased or whose consent was withdrawn.
    """

    def erased(table: pd.DataFrame) -> pd.Series:
        names = table["path"].map(lambda path: Path(path).stem).where(table["source"].str.startswith(SOURCE), "")
        return names.isin(set(buried(sorted(set(names) - {""}))))

    return list(_uses(store, ["path", "source"], erased))


def _uses(store: Connection, columns: list[str], wanted: Callable[[pd.DataFrame], pd.Series]) -> Iterator[PictureUse]:
    versions = registered_versions(store)
    for record in list_runs(store, nested=True):
        table = _table(record, [*columns, "split"])
        used = None if table is None else table[wanted(table)]
        if used is None or used.empty:
            continue
        splits = {str(split): int(count) for split, count in used["split"].value_counts().items()}
        yield PictureUse(
            record.run_id, record.name, len(used), splits, exported(record), versions.get(record.run_id, ())
        )


def _table(record: RunRecord, columns: list[str]) -> pd.DataFrame | None:
    """Columns of a run's manifest; the pictures themselves need not be there any more."""
    import pandas as pd

    try:
        return pd.read_parquet(record.file(MANIFEST), columns=columns)
    except (TrackingError, DataError, OSError, ValueError):
        return None
