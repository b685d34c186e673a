"""Listing: runs of any end, with their children or without, the newest first; and those that have some ids."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Sequence
from typing import TYPE_CHECKING, Any

from assay.errors import TrackingError, did_you_mean
from assay.tracking.client import tracking_errors
from assay.tracking.read import RunRecord, find, record_even_deleted
from assay.tracking.tags import PARENT

if TYPE_CHECKING:
    from assay.tracking.connection import Connection

PAGE = 1000
IDS = 200
"""Ids in one request."""
REMEDY = "See whether the store still answers"


def list_runs(
    store: Connection,
    *,
    experiment: str = "",
    status: str = "",
    parent: str = "",
    nested: bool = False,
    limit: int | None = None,
) -> list[RunRecord]:
    """Runs that are not deleted, the newest first.

    Args:
        store: where they are recorded.
        experiment: name of an MLflow experiment; "" for those that the store means.
        status: "RUNNING", "FINISHED", "FAILED" or "KILLED"; "" for any.
        parent: run id; only its children.
        nested: whether runs that have a parent are among them; those of `parent` always are.
        limit: most runs; None for all.

    Raises:
        TrackingError: there is no such experiment, or the store does not answer.
    """
    conditions = [f"attributes.status = '{status}'"] if status else []
    if parent:
        conditions.append(f"tags.`{PARENT}` = '{parent}'")
    elif not nested:
        conditions.append(f"tags.`{PARENT}` IS NULL")
    with tracking_errors("listing the runs", store.uri, REMEDY):
        experiments = [_experiment_id(store, experiment)] if experiment else store.experiment_ids
        runs = _search(store, experiments, " AND ".join(conditions), limit=limit)
        return [record_even_deleted(store, run) for run in runs]


def children_of(store: Connection, run_id: str, *, deleted: bool = False) -> list[RunRecord]:
    """The runs whose parent this is, in whatever experiment, the newest first.

    Args:
        store: where they are recorded.
        run_id: of the parent.
        deleted: whether deleted ones are among them.
    """
    with tracking_errors("listing the runs", store.uri, REMEDY):
        runs = _search(store, _all_experiments(store), f"tags.`{PARENT}` = '{run_id}'", deleted=deleted)
        return [record_even_deleted(store, run) for run in runs]


def records_by_id(store: Connection, run_ids: Collection[str]) -> dict[str, RunRecord]:
    """Id -> record of those runs that the store knows, in whatever experiment, deleted ones too."""
    known: dict[str, RunRecord] = {}
    ids = sorted(run_ids)
    with tracking_errors("listing the runs", store.uri, REMEDY):
        experiments = _all_experiments(store) if ids else []
        for start in range(0, len(ids), IDS):
            listed = ", ".join(f"'{run_id}'" for run_id in ids[start : start + IDS])
            for run in _search(store, experiments, f"attributes.run_id IN ({listed})", deleted=True):
                known[run.info.run_id] = record_even_deleted(store, run)
    return known


def find_even_deleted(store: Connection, run_id: str) -> RunRecord:
    """The record of a run, given its id or the beginning of it; of a deleted one only where no other fits.

    Raises:
        TrackingError: none or several match; the message lists candidates.
    """
    try:
        return find(store, run_id)
    except TrackingError:
        if not re.fullmatch(r"[0-9a-f]{4,32}", run_id):
            raise
        with tracking_errors("looking for the run", store.uri, REMEDY):
            runs = _search(store, _all_experiments(store), f"attributes.run_id LIKE '{run_id}%'", deleted=True)
            matches = [run for run in runs if run.info.lifecycle_stage != "active"]
        if len(matches) != 1:
            raise
        return record_even_deleted(store, matches[0])


def _search(
    store: Connection, experiments: Sequence[str], condition: str, *, limit: int | None = None, deleted: bool = False
) -> Iterator[Any]:
    from mlflow.entities import ViewType

    left, token = limit, None
    while left is None or left > 0:
        page = store.client.search_runs(
            list(experiments),
            condition,
            run_view_type=ViewType.ALL if deleted else ViewType.ACTIVE_ONLY,
            max_results=PAGE if left is None else min(left, PAGE),
            order_by=["start_time DESC"],
            page_token=token,
        )
        yield from page
        left, token = None if left is None else left - len(page), page.token
        if not token:
            return


def _all_experiments(store: Connection) -> list[str]:
    return [str(experiment.experiment_id) for experiment in _experiments(store, deleted=True)]


def _experiment_id(store: Connection, name: str) -> str:
    experiments = {experiment.name: str(experiment.experiment_id) for experiment in _experiments(store)}
    if name not in experiments:
        raise TrackingError(f"experiment={name}: no such experiment; {did_you_mean(name, experiments)}")
    return experiments[name]


def _experiments(store: Connection, *, deleted: bool = False) -> Iterator[Any]:
    from mlflow.entities import ViewType

    token = None
    while True:
        view = ViewType.ALL if deleted else ViewType.ACTIVE_ONLY
        page = store.client.search_experiments(view_type=view, page_token=token)
        yield from page
        token = page.token
        if not token:
            return
