"""Delete a run: first nobody finds it any more, then its files go; a kill in between is finished by the same call.

MLflow's rows stay, marked as deleted, as after `mlflow runs delete`: who has looked at a set of test images is counted
by them (`assay.tracking.search.everywhere`), and a run that was deleted has looked as well. `mlflow gc` removes them.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from assay.disk import remove
from assay.errors import TrackingError
from assay.tracking.client import tracking_errors
from assay.tracking.process import is_gone
from assay.tracking.remedy import restore_experiment_command
from assay.tracking.run_disk import logged_models, remove_artifacts, remove_logged_model
from assay.tracking.tags import DELETED, FILES_REMOVED

if TYPE_CHECKING:
    from assay.tracking.connection import Connection
    from assay.tracking.read import RunRecord

REMEDY = "The same command goes on with what is left"


def delete_run(store: Connection, record: RunRecord) -> None:
    """Mark a run as deleted, then remove its models, artifacts and folder; what is gone already is passed over.

    Args:
        store: that records it.
        record: of a run that nothing else needs.

    Raises:
        TrackingError: its process is at work, or something cannot be removed.
    """
    client = store.client
    with tracking_errors("deleting the run", store.uri, REMEDY):
        run = client.get_run(record.run_id)
        if run.info.lifecycle_stage == "active":
            ensure_at_rest(record.run_id, run.info.status, run.data.tags)
            client.set_tag(record.run_id, DELETED, _now())
            client.delete_run(record.run_id)
    for model in logged_models(store, record):
        remove_logged_model(store, model)
    _remove_files(store, record)


def ensure_experiment(store: Connection, record: RunRecord) -> None:
    """Return where the experiment of a run is there: nobody finds the runs of one that is deleted.

    Raises:
        TrackingError: it is deleted, or the store does not answer.
    """
    with tracking_errors("looking for the run", store.uri, "See whether the store still answers"):
        run = store.client.get_run(record.run_id)
        experiment = store.client.get_experiment(run.info.experiment_id)
    if experiment.lifecycle_stage != "active":
        raise TrackingError(
            f"run {record.run_id} went with its experiment, {experiment.name}; both come back with "
            f"{restore_experiment_command(store.uri, experiment.experiment_id)}"
        )


def restore_run(store: Connection, record: RunRecord) -> None:
    """Have a run found again that was deleted in MLflow, whose files stay for a while.

    Raises:
        TrackingError: the store does not answer.
    """
    with tracking_errors("restoring the run", store.uri, REMEDY):
        store.client.restore_run(record.run_id)


def remove_run_files(store: Connection, record: RunRecord) -> None:
    """Remove folder and artifacts of a run whose params, metrics and tags stay; a tag says when.

    Raises:
        TrackingError: its process is at work, or something cannot be removed.
    """
    with tracking_errors("removing the files of a run", store.uri, REMEDY):
        run = store.client.get_run(record.run_id)
        ensure_at_rest(record.run_id, run.info.status, run.data.tags)
        store.client.set_tag(record.run_id, FILES_REMOVED, _now())
    _remove_files(store, record)


def ensure_at_rest(run_id: str, status: str, tags: dict[str, str]) -> None:
    """Return when no process is at work on a run.

    Raises:
        TrackingError: one is, or may be.
    """
    if status in ("RUNNING", "SCHEDULED") and not is_gone(tags):
        raise TrackingError(f"run {run_id} is at work; end it first, or wait for its end")


def _remove_files(store: Connection, record: RunRecord) -> None:
    remove_artifacts(store, record)
    with tracking_errors("removing the folder of the run", store.uri, REMEDY):
        remove(record.folder)


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")
