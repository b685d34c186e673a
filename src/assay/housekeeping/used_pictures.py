"""Pictures of recorded runs: which are test images of registered models, and which runs used some pictures."""

from __future__ import annotations

import logging
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from assay.collection.likeness import TestImage
from assay.errors import DataError, TrackingError
from assay.housekeeping.listed_runs import registered_versions
from assay.housekeeping.run_details import exported
from assay.tracking.listing import list_runs, records_by_id
from assay.tracking.run_files import MANIFEST

if TYPE_CHECKING:
    import pandas as pd

    from assay.tracking.connection import Connection
    from assay.tracking.read import RunRecord

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class PictureUse:
    """A run that used pictures.

    Attributes:
        run_id: MLflow's id.
        name: as shown in the UI.
        pictures: how many of them.
        splits: split -> how many of them.
        bundle: where its bundle lies; "" where it was not exported.
        versions: of registered models that it is, as `cells 3`.
    """

    run_id: str
    name: str
    pictures: int
    splits: dict[str, int]
    bundle: str
    versions: tuple[str, ...]


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
    return list(_uses(store, set(pictures))) if pictures else []


def _uses(store: Connection, wanted: set[str]) -> Iterator[PictureUse]:
    versions = registered_versions(store)
    for record in list_runs(store, nested=True):
        table = _table(record, ["id", "split"])
        used = None if table is None else table[table["id"].isin(wanted)]
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
