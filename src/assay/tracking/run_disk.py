"""What a run takes on disk: its working folder on this machine, its artifacts, the models that were logged from it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from assay.disk import disk_use, remove
from assay.tracking.artifact_uri import local_path
from assay.tracking.client import tracking_errors

if TYPE_CHECKING:
    from assay.tracking.connection import Connection
    from assay.tracking.read import RunRecord


@dataclass(frozen=True)
class RunDiskUse:
    """Bytes of a run.

    Attributes:
        folder: of its working folder on this machine.
        artifacts: of its artifacts beyond what they share with the folder; None where they lie elsewhere, and nobody
            has counted.
        held: bytes of both that other runs have too, so that they stay when this one goes.
    """

    folder: int
    artifacts: int | None
    held: int = 0

    @property
    def total(self) -> int:
        """Both, as far as known."""
        return self.folder + (self.artifacts or 0)

    @property
    def freed(self) -> int:
        """Bytes that are free when both go."""
        return self.total - self.held


def run_disk_use(record: RunRecord) -> RunDiskUse:
    """What a run takes on this machine."""
    artifacts = artifacts_folder(record)
    folder = disk_use(record.folder)
    if artifacts is None:
        return RunDiskUse(folder.size, None, folder.held)
    both = disk_use(record.folder, artifacts)
    return RunDiskUse(folder.size, both.size - folder.size, both.held)


def artifacts_folder(record: RunRecord) -> Path | None:
    """The folder of this machine that holds the run's artifacts and nothing else; None where they lie elsewhere."""
    return _owned(Path(record.artifacts), record.run_id)


def remove_artifacts(store: Connection, record: RunRecord) -> None:
    """Take away all artifacts of a run, wherever they lie; again changes nothing.

    Raises:
        TrackingError: they cannot be removed.
    """
    _remove(store, record.artifacts, record.run_id, artifacts_folder(record))


def logged_models(store: Connection, record: RunRecord) -> list[Any]:
    """MLflow's entries of the models that were logged from a run and not deleted."""
    client = store.client
    with tracking_errors("looking for the models of the run", store.uri, "See whether the store still answers"):
        experiment = client.get_run(record.run_id).info.experiment_id
        return list(client.search_logged_models([experiment], f"source_run_id = '{record.run_id}'"))


def logged_models_use(models: list[Any]) -> int:
    """Bytes that logged models take on this machine."""
    folders = [_owned(local_path(str(model.artifact_location)), model.model_id) for model in models]
    return disk_use(*(folder for folder in folders if folder is not None)).size


def remove_logged_model(store: Connection, model: Any) -> None:
    """Take away a logged model with its files; again changes nothing.

    Raises:
        TrackingError: it cannot be removed.
    """
    uri = str(model.artifact_location)
    _remove(store, uri, model.model_id, _owned(local_path(uri), model.model_id))
    with tracking_errors("deleting a logged model", store.uri, "The same command goes on"):
        store.client.delete_logged_model(model.model_id)


def _owned(path: Path | None, owner: str) -> Path | None:
    """The folder named by its owner's id around local artifacts, else the artifacts' own; None for a remote place."""
    if path is None or not path.is_absolute():
        return None
    return path.parent if path.parent.name == owner else path


def _remove(store: Connection, uri: str, owner: str, folder: Path | None) -> None:
    remedy = "The same command goes on with what is left"
    with tracking_errors(f"removing artifacts of {owner}", store.uri, remedy):
        if folder is not None:
            remove(folder)
            return
        from mlflow.store.artifact.artifact_repository_registry import get_artifact_repository

        get_artifact_repository(uri, tracking_uri=store.uri).delete_artifacts()
