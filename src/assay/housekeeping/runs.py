"""`assay runs`: list recorded runs, show one, delete some, restore some."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from omegaconf import DictConfig

from assay.database.url import without_password
from assay.housekeeping.request import RunsRequest
from assay.run.workspace import open_store

if TYPE_CHECKING:
    from assay.housekeeping.delete_runs import RunDeletion
    from assay.housekeeping.listed_runs import ListedRun
    from assay.housekeeping.restore_runs import RunRestoration
    from assay.housekeeping.run_details import RunDetails
    from assay.tracking.read import RunRecord
    from assay.tracking.store import TrackingStore


@dataclass(frozen=True)
class RunList:
    """Recorded runs.

    Attributes:
        store: address of the tracking store, without a password.
        runs: the newest first.
        limit: as many were asked for at most.
    """

    store: str
    runs: tuple[ListedRun, ...]
    limit: int


def runs(request: RunsRequest, config: DictConfig) -> RunList | RunDetails | RunDeletion | RunRestoration:
    """List the runs of the store that the config names, show the one that is asked for, or delete or restore those.

    Raises:
        TrackingError: nothing was recorded there, there is no such run, or it cannot be deleted or restored.
    """
    store = open_store(config)
    if request.deed == "delete":
        from assay.housekeeping.delete_runs import delete_runs

        return delete_runs(config, store, request.runs, yes=request.yes)
    if request.deed == "restore":
        from assay.housekeeping.restore_runs import restore_runs

        return restore_runs(store, request.runs)
    if request.runs:
        from assay.housekeeping.run_details import run_details

        return run_details(config, store, recorded(store, request.runs[0]))
    from assay.housekeeping.listed_runs import listed_runs

    parent = store.find(request.parent).run_id if request.parent else ""
    return RunList(without_password(store.uri), listed_runs(store, request, parent=parent), request.limit)


def recorded(store: TrackingStore, word: str) -> RunRecord:
    """The record of a run, also of a deleted one, given its id, the beginning of it, or NAME@ALIAS.

    Raises:
        TrackingError: there is none, or several.
    """
    from assay.tracking.listing import find_even_deleted
    from assay.tracking.registered import MODEL, run_of_model

    run_id = run_of_model(store, word) if MODEL.fullmatch(word) else word
    return store.find(find_even_deleted(store, run_id).run_id)  # of a deleted one it says what remains
