"""Delete runs that nothing needs any more; nothing goes where one of those that were asked for has to stay."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from omegaconf import DictConfig

from assay.disk import disk_use, remove
from assay.housekeeping.listed_runs import kind_of
from assay.housekeeping.needed import Need, Needs
from assay.studies.study_folder import STUDY, folder_of
from assay.tracking.client import tracking_errors
from assay.tracking.deletion import delete_run
from assay.tracking.listing import children_of, find_even_deleted
from assay.tracking.parent import is_parent
from assay.tracking.run_disk import RunDiskUse, logged_models, logged_models_use, run_disk_use

if TYPE_CHECKING:
    from collections.abc import Sequence

    from assay.tracking.read import RunRecord
    from assay.tracking.store import TrackingStore


@dataclass(frozen=True)
class RunToDelete:
    """A run that was asked for, or belongs to one.

    Attributes:
        record: of it.
        kind: "training", "study", "sweep" or "multirun".
        disk: what goes with it.
        models: bytes of the models that were logged from it.
        needs: why it has to stay; () where it may go.
        pages: folder of a study's pages and tables, which goes with it; None without one.
    """

    record: RunRecord
    kind: str
    disk: RunDiskUse
    models: int
    needs: tuple[Need, ...]
    pages: Path | None = None

    @property
    def size(self) -> int:
        """Bytes that go."""
        return self.disk.freed + self.models + (disk_use(self.pages).size if self.pages else 0)


@dataclass(frozen=True)
class RunDeletion:
    """What a deletion would take away, or has.

    Attributes:
        runs: those that were asked for and what belongs to them.
        size: bytes.
        done: whether they are deleted; False where only that is said, or one has to stay.
    """

    runs: tuple[RunToDelete, ...]
    size: int
    done: bool = False

    @property
    def refused(self) -> tuple[RunToDelete, ...]:
        """Those that have to stay."""
        return tuple(run for run in self.runs if run.needs)


def delete_runs(config: DictConfig, store: TrackingStore, words: Sequence[str], *, yes: bool) -> RunDeletion:
    """Find what goes with these runs, and delete it where that is asked for and none of them has to stay.

    Runs of a study, sweep or multirun go before it, so that a call that was killed finds the rest by it.

    Args:
        config: composed; says where the registry's history lies.
        store: that records them.
        words: their ids, or the beginnings.
        yes: whether to delete.

    Raises:
        TrackingError: there is no such run, or something cannot be removed.
    """
    needs = Needs(config, store)
    runs: dict[str, RunToDelete] = {}
    for word in words:
        for run in _with_children(store, needs, find_even_deleted(store, word)):
            runs.setdefault(run.record.run_id, run)
    planned = RunDeletion(tuple(runs.values()), sum(run.size for run in runs.values()))
    if not yes or planned.refused:
        return planned
    for run in planned.runs:
        delete_run(store, run.record)
        if run.pages is not None:
            with tracking_errors("removing the pages of the study", store.uri, "The same command goes on"):
                remove(run.pages)
    return replace(planned, done=True)


def _with_children(store: TrackingStore, needs: Needs, record: RunRecord) -> list[RunToDelete]:
    kind = kind_of(record)
    study = record.name if kind == "study" else ""
    own = children_of(store, record.run_id, deleted=True) if is_parent(record.tags) else []
    children = [_run_to_delete(store, needs, child, study) for child in own]
    pages = folder_of(store) / study if study and (folder_of(store) / study / STUDY).is_file() else None
    return [
        # Of a deleted one something is left where a call was killed.
        *(child for child in children if not child.record.deleted or child.disk.total or child.models),
        replace(_run_to_delete(store, needs, record, study), pages=pages),
    ]


def _run_to_delete(store: TrackingStore, needs: Needs, record: RunRecord, study: str) -> RunToDelete:
    models = logged_models_use(logged_models(store, record))
    return RunToDelete(record, kind_of(record), run_disk_use(record), models, needs.of(record, besides=study))
