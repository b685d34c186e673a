"""Connection: the address of a tracking store, and MLflow's client for it once it is used."""

from __future__ import annotations

import contextlib
import logging
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from assay.database.locks import file_lock
from assay.database.url import sqlite_file, without_password
from assay.errors import TrackingError
from assay.tracking.artifact_uri import artifact_uri, local_path
from assay.tracking.client import no_patience, open_client, tracking_errors
from assay.tracking.moved import follow_move
from assay.tracking.remedy import restore_experiment_command, upgrade_command
from assay.tracking.server import absolute_store_uri, ensure_store_answers
from assay.tracking.tables import ensure_tables

if TYPE_CHECKING:
    from mlflow.tracking import MlflowClient

_log = logging.getLogger(__name__)
UI = "http://127.0.0.1:5000"
"""Where `assay ui` serves the MLflow UI when it is not told otherwise."""


class Connection:
    """An MLflow tracking store and one experiment of it.

    Building one touches nothing; the first use, or `check`, opens it and makes what is missing.

    Args:
        uri: `sqlite:///FILE`, `http(s)://HOST:PORT`, or a database URL; a relative file starts where the command runs.
        artifacts: folder or URI for the artifacts of a new experiment; None leaves it to the server.
        experiment: name of the MLflow experiment.
        work: folder that holds a working folder per run: checkpoints, predictions, figures before they are uploaded.

    Raises:
        TrackingError: the address is none that can hold runs, e.g. MLflow's closed file store.
    """

    def __init__(
        self, uri: str, artifacts: str | None = None, experiment: str = "assay", work: str = "mlruns/work"
    ) -> None:
        self.uri = absolute_store_uri(uri)
        if artifacts is None:
            file = sqlite_file(self.uri)
            self.artifacts = None if file is None else artifact_uri(file.parent / "artifacts")
        else:
            self.artifacts = artifacts if "://" in artifacts else artifact_uri(Path(artifacts))
        self.experiment = experiment
        self.work = Path(work).absolute()

    def __repr__(self) -> str:
        return f"{type(self).__name__}({without_password(self.uri)!r}, experiment={self.experiment!r})"

    def __getstate__(self) -> dict[str, Any]:
        """What another process needs to open the store for itself; connections stay here."""
        return {name: value for name, value in self.__dict__.items() if name != "_opened"}

    def check(self) -> None:
        """Open the store, and make its tables, folders and experiment where they are missing.

        Raises:
            TrackingError: a server does not answer within seconds, or a file is read-only, corrupt or of another
                MLflow's schema; the message says what to do.
        """
        self._opened  # noqa: B018

    @property
    def client(self) -> MlflowClient:
        """MLflow's client for this store."""
        return self._opened[0]

    @property
    def experiment_id(self) -> str:
        """MLflow's id of the experiment."""
        return self._opened[1]

    def page_of(self, run_id: str = "", at: str = UI) -> str:
        """Address of the experiment, or of one of its runs, in the MLflow UI.

        Args:
            run_id: in full; "" for the list of runs.
            at: where `assay ui` serves a store that has no server.
        """
        top = without_password(self.uri).rstrip("/") if self.has_server else at
        run = f"/runs/{run_id}" if run_id else ""
        return f"{top}/#/experiments/{self.experiment_id}{run}?workflowType=machine_learning"

    @property
    def has_server(self) -> bool:
        """Whether it is a server, which has the MLflow UI itself."""
        return self.uri.startswith("http")

    @cached_property
    def _opened(self) -> tuple[MlflowClient, str]:
        file = sqlite_file(self.uri)
        if file is None:
            ensure_store_answers(self.uri)
            return self._open()
        # MLflow makes and migrates tables without a lock of its own: two first runs at once would break each other.
        with file_lock(file.with_name(f".{file.name}.lock")):
            ensure_store_answers(self.uri)
            with tracking_errors("making its tables", self.uri, f"Nothing was made. {self._opening_remedy()}"):
                ensure_tables(file)
            with tracking_errors("following a move of the project", self.uri, "Nothing was changed; try again"):
                follow_move(file, self.artifacts)
            return self._open()

    def _open(self) -> tuple[MlflowClient, str]:
        with tracking_errors("opening it", self.uri, self._opening_remedy()), no_patience():
            client = open_client(self.uri)
            return client, self._ensure_experiment(client)

    def _opening_remedy(self) -> str:
        if self.uri.startswith("http"):
            return "See the server's log, and MLFLOW_TRACKING_USERNAME / _PASSWORD / _TOKEN if it asks who you are"
        return f"If its schema is out of date: back it up, then run {upgrade_command(self.uri)}"

    def _ensure_experiment(self, client: MlflowClient) -> str:
        from mlflow.exceptions import MlflowException

        experiment = client.get_experiment_by_name(self.experiment)
        if experiment is None:
            # Another machine may have been a moment faster.
            with contextlib.suppress(MlflowException):
                return str(client.create_experiment(self.experiment, artifact_location=self.artifacts))
            experiment = client.get_experiment_by_name(self.experiment)
        if experiment is None:
            raise TrackingError(
                f"{without_password(self.uri)}: experiment {self.experiment} cannot be made; "
                "try another tracking.experiment"
            )
        if experiment.lifecycle_stage != "active":
            raise TrackingError(
                f"{without_password(self.uri)}: experiment {self.experiment} is deleted. Bring it back with "
                f"{restore_experiment_command(self.uri, experiment.experiment_id)}, "
                "or set tracking.experiment to another name"
            )
        if self.artifacts and not _same_place(experiment.artifact_location, self.artifacts):
            _log.warning(
                "experiment %s keeps its artifacts in %s, where it was made, not in %s",
                self.experiment,
                experiment.artifact_location,
                self.artifacts,
            )
        return str(experiment.experiment_id)


def _same_place(uri: str, other: str) -> bool:
    folder = local_path(uri)
    return uri == other if folder is None else folder == local_path(other)
