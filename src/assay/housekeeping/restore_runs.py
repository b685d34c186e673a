"""Restore runs that were deleted in MLflow; those that `assay runs delete` took are gone with their files."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from assay.errors import TrackingError
from assay.tracking.deletion import ensure_experiment, restore_run
from assay.tracking.listing import children_of, find_even_deleted
from assay.tracking.parent import is_parent
from assay.tracking.tags import DELETED

if TYPE_CHECKING:
    from collections.abc import Sequence

    from assay.tracking.read import RunRecord
    from assay.tracking.store import TrackingStore


@dataclass(frozen=True)
class RunRestoration:
    """Runs that are found again.

    Attributes:
        runs: those that were asked for, and what belongs to them.
    """

    runs: tuple[RunRecord, ...]


def restore_runs(store: TrackingStore, words: Sequence[str]) -> RunRestoration:
    """Find these runs again, with the deleted runs of a study, sweep or multirun; none where one cannot be.

    Args:
        store: that records them.
        words: their ids, or the beginnings.

    Raises:
        TrackingError: there is no such run, it is not deleted, its experiment is, or its files went with it.
    """
    runs: dict[str, RunRecord] = {}
    for word in words:
        record = find_even_deleted(store, word)
        if not record.deleted:
            raise TrackingError(f"run {record.run_id} is not deleted")
        if DELETED in record.tags:
            store.find(record.run_id)  # which says when its files went, and what is left
        ensure_experiment(store, record)
        children = children_of(store, record.run_id, deleted=True) if is_parent(record.tags) else []
        for run in (record, *children):
            if run.deleted and DELETED not in run.tags:
                runs[run.run_id] = run
    for record in runs.values():
        restore_run(store, record)
    return RunRestoration(tuple(runs.values()))
