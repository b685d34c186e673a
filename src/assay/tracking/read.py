"""Read a run back: what the store holds about it, and its artifacts as local files."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from assay.errors import TrackingError
from assay.tracking.artifact_uri import local_path
from assay.tracking.client import tracking_errors
from assay.tracking.parent import is_parent
from assay.tracking.remedy import restore_run_command
from assay.tracking.tags import DELETED, PARENT

if TYPE_CHECKING:
    from assay.tracking.connection import Connection

NEWEST = 5


@dataclass(frozen=True)
class RunRecord:
    """A run as the store holds it.

    Attributes:
        run_id: MLflow's id, 32 hex characters.
        name: as shown in the UI.
        status: "RUNNING", "FINISHED", "FAILED" or "KILLED".
        params: flattened config, values as text.
        tags: as text.
        metrics: the latest value of each.
        folder: the run's working folder on this machine; there only if the run was at work here.
        artifacts: where its artifacts lie: a path, or a URI.
        parent: run id of its parent, None without one.
        started: milliseconds since 1970.
        ended: likewise; None while it is at work, or where nobody recorded its end.
        deleted: whether it is marked as deleted; only `record_even_deleted` gives such a record.
    """

    run_id: str
    name: str
    status: str
    params: Mapping[str, str]
    tags: Mapping[str, str]
    metrics: Mapping[str, float]
    folder: Path
    artifacts: str
    parent: str | None
    _store: Connection = field(repr=False, compare=False)
    started: int = 0
    ended: int | None = None
    deleted: bool = False

    def file(self, path: str) -> Path:
        """A file or folder of the run: in its working folder where it was at work here, else its artifact.

        Raises:
            TrackingError: it is in neither.
        """
        local = self.folder / path
        return local if local.exists() else self.fetch(path)

    def fetch(self, path: str) -> Path:
        """A local copy of an artifact or a folder of artifacts; the file itself where the store is on this machine.

        Args:
            path: inside the run's artifacts: `config.yaml`, `evidence.json`, `predictions/test.parquet`.

        Raises:
            TrackingError: there is no such artifact; the message lists what there is.
        """
        client = self._store.client
        with tracking_errors(f"listing the artifacts of run {self.run_id}", self._store.uri, "See whether it is there"):
            paths = [entry.path for entry in client.list_artifacts(self.run_id, _folder_of(path))]
        if path not in paths:
            listed = ", ".join(paths[:40]) or "nothing"
            raise TrackingError(
                f"run {self.run_id} ({self.status}) has no artifact {path}; in that place there is {listed}"
            )
        local = Path(self.artifacts).is_absolute()
        target = None if local else self.folder / "fetched"
        with tracking_errors(f"fetching {path}", self._store.uri, "See whether the artifact store answers"):
            if target:
                target.mkdir(parents=True, exist_ok=True)
            return Path(client.download_artifacts(self.run_id, path, str(target) if target else None))


def _folder_of(path: str) -> str | None:
    parent = str(Path(path).parent)
    return None if parent == "." else parent


def find(store: Connection, run_id: str) -> RunRecord:
    """The record of a run, given its id or the beginning of it; see `TrackingStore.find`."""
    from mlflow.entities import ViewType
    from mlflow.exceptions import MlflowException

    with tracking_errors("looking for the run", store.uri, "See whether the store still answers"):
        client, experiments = store.client, store.experiment_ids
        if re.fullmatch(r"[0-9a-f]{32}", run_id):
            try:
                return record_of(store, client.get_run(run_id))
            except MlflowException as error:
                if error.error_code != "RESOURCE_DOES_NOT_EXIST":
                    raise
        matches: list[Any] = []
        if re.fullmatch(r"[0-9a-f]{4,31}", run_id):
            begin = f"attributes.run_id LIKE '{run_id}%'"
            matches = client.search_runs(experiments, begin, max_results=10) or client.search_runs(
                experiments, begin, ViewType.DELETED_ONLY, max_results=10
            )
        if len(matches) == 1:
            return record_of(store, matches[0])
        candidates = matches or client.search_runs(experiments, order_by=["start_time DESC"], max_results=NEWEST)
    listed = "; ".join(f"{run.info.run_id} ({run.info.run_name}, {run.info.status})" for run in candidates)
    if matches:
        raise TrackingError(f"run {run_id}: several runs begin like this: {listed}. Give more of the id")
    where = f"the experiment {store.experiment}" if store.experiment else "the store"
    newest = f"the newest are {listed}" if candidates else f"{where} has no runs"
    raise TrackingError(f"run {run_id}: no such run; {newest}")


def finished(store: Connection, metric: str | None = None) -> list[RunRecord]:
    """The records of finished runs, the newest first; see `TrackingStore.runs`."""
    records: list[RunRecord] = []
    token = None
    with tracking_errors("listing the runs", store.uri, "See whether the store still answers"):
        client, experiments = store.client, store.experiment_ids
        while True:
            page = client.search_runs(
                experiments, "attributes.status = 'FINISHED'", order_by=["start_time DESC"], page_token=token
            )
            records += [record_of(store, run) for run in page if not is_parent(run.data.tags)]
            token = page.token
            if not token:
                break
    return [record for record in records if metric is None or metric in record.metrics]


def record_of(store: Connection, run: Any) -> RunRecord:
    """The record of MLflow's run.

    Raises:
        TrackingError: the run is deleted.
    """
    record = record_even_deleted(store, run)
    if record.deleted:
        remedy = f"Bring it back with {restore_run_command(store.uri, record.run_id)}"
        if DELETED in record.tags:
            remedy = (
                f"Its files went with it on {record.tags[DELETED][:10]}; its params, metrics and tags are in MLflow"
            )
        raise TrackingError(f"run {record.run_id} is deleted. {remedy}")
    return record


def record_even_deleted(store: Connection, run: Any) -> RunRecord:
    """The record of MLflow's run, of one that is deleted too."""
    return RunRecord(
        run_id=run.info.run_id,
        name=run.info.run_name,
        status=run.info.status,
        params=run.data.params,
        tags=run.data.tags,
        metrics=run.data.metrics,
        folder=store.work / run.info.run_id,
        artifacts=str(local_path(run.info.artifact_uri) or run.info.artifact_uri),
        parent=run.data.tags.get(PARENT),
        _store=store,
        started=run.info.start_time or 0,
        ended=run.info.end_time,
        deleted=run.info.lifecycle_stage != "active",
    )
