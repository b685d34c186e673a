"""Connection: the address of a tracking store, and MLflow's client for it once it is used."""

from __future__ import annotations

import contextlib
import logging
from copy import copy
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from assay.database.locks import file_lock
from assay.database.reachable import is_read_only
from assay.database.url import sqlite_file, without_password
from assay.errors import TrackingError
from assay.tracking.artifact_store import ensure_artifacts_kept
from assay.tracking.artifact_uri import artifact_uri, local_path
from assay.tracking.client import no_patience, open_client, tracking_errors
from assay.tracking.moved import follow_move
from assay.tracking.names import MARK, OF_BEFORE, default_experiment
from assay.tracking.remedy import restore_experiment_command, upgrade_command
from assay.tracking.server import absolute_store_uri, ensure_store_answers
from assay.tracking.tables import ensure_tables

if TYPE_CHECKING:
    from mlflow.tracking import MlflowClient

_log = logging.getLogger(__name__)
UI = "http://127.0.0.1:5000"
"""Where `assay ui` serves the MLflow UI when it is not told otherwise."""
OF_MLFLOW = "0"
"""Id of MLflow's own experiment, which every store has; Assay records nothing in it."""


class Connection:
    """An MLflow tracking store, and the experiment of it that is meant.

    Building one touches nothing; the first use, or `check`, opens it and makes what is missing.

    Args:
        uri: `sqlite:///FILE`, `http(s)://HOST:PORT`, or a database URL; a relative file starts where the command runs.
        artifacts: folder or URI for the artifacts of a new experiment; None leaves it to the server.
        experiment: name of the MLflow experiment that is read and recorded in; None reads all of them, and records in
            the one that is called as the dataset, see `of_dataset`.
        work: folder that holds a working folder per run: checkpoints, predictions, figures before they are uploaded.

    Raises:
        TrackingError: the address is none that can hold runs, e.g. MLflow's closed file store.
    """

    def __init__(
        self, uri: str, artifacts: str | None = None, experiment: str | None = "assay", work: str = "mlruns/work"
    ) -> None:
        self.uri = absolute_store_uri(uri)
        if artifacts is None:
            file = sqlite_file(self.uri)
            self.artifacts = None if file is None else artifact_uri(file.parent / "artifacts")
        else:
            self.artifacts = artifacts if "://" in artifacts else artifact_uri(Path(artifacts))
        self.experiment = experiment
        self.dataset = ""
        self.work = Path(work).absolute()

    def __repr__(self) -> str:
        return f"{type(self).__name__}({without_password(self.uri)!r}, experiment={self.experiment!r})"

    def __getstate__(self) -> dict[str, Any]:
        """What another process needs to open the store for itself; connections stay here."""
        return {name: value for name, value in self.__dict__.items() if name != "client"}

    def of_dataset(self, name: str) -> Self:
        """The same store, whose new runs go into the experiment of a dataset where none was named.

        Args:
            name: of the dataset, from `assay.tracking.names`.
        """
        same = copy(self)
        same.dataset = name
        same.__dict__.pop("experiment_id", None)
        return same

    def check(self) -> None:
        """Open the store, and make its tables, folders and the experiment that was named where they are missing.

        One that cannot be written is opened as it is, for who only reads.

        Raises:
            TrackingError: a server does not answer within seconds, or a file is corrupt or of another MLflow's schema;
                the message says what to do.
        """
        if self.experiment or self.dataset:
            self.experiment_id  # noqa: B018
        else:
            self.client  # noqa: B018

    @cached_property
    def is_read_only(self) -> bool:
        """Whether it is a file that can be read and not be written: runs are looked at, and none is made."""
        return is_read_only(sqlite_file(self.uri))

    def ensure_writable(self) -> None:
        """Return when runs can be recorded.

        Raises:
            TrackingError: its file or the folder of that cannot be written.
        """
        if self.is_read_only:
            ensure_store_answers(self.uri)
            raise TrackingError(
                f"{sqlite_file(self.uri)}: the tracking database or its folder cannot be written. Make both writable, "
                "or set tracking.uri to another file"
            )

    def check_artifacts(self) -> None:
        """See that the artifacts of new runs can be kept where their experiment keeps them; who only reads need not.

        Raises:
            ConfigError, TrackingError: they cannot; see `ensure_artifacts_kept`.
        """
        ensure_artifacts_kept(self.client.get_experiment(self.experiment_id).artifact_location, self.uri)

    @cached_property
    def experiment_id(self) -> str:
        """MLflow's id of the experiment that new runs go into, which is made where it is missing.

        Raises:
            TrackingError: neither it nor a dataset was named, or it is deleted.
        """
        with tracking_errors("opening it", self.uri, self._opening_remedy()), no_patience():
            name = self.experiment or (self.dataset and default_experiment(self.client, self.dataset))
            if not name:
                raise TrackingError("no experiment was named; type tracking.experiment=NAME")
            return self._ensure_experiment(self.client, name)

    @property
    def experiment_ids(self) -> list[str]:
        """MLflow's ids of the experiments whose runs are meant: that which was named, else all that are not deleted."""
        if self.experiment:
            return [self.experiment_id]
        ids: list[str] = []
        token = None
        while True:
            page = self.client.search_experiments(page_token=token)
            ids += [str(experiment.experiment_id) for experiment in page]
            token = page.token
            if not token:
                return ids

    @property
    def experiment_name(self) -> str:
        """Name of the experiment that new runs go into."""
        return self.experiment or str(self.client.get_experiment(self.experiment_id).name)

    def page_of(self, run_id: str = "", at: str = UI) -> str:
        """Address of a run, or of the runs that are meant, in the MLflow UI.

        Args:
            run_id: in full; "" for the list of runs, or for that of experiments where several are meant.
            at: where `assay ui` serves a store that has no server.
        """
        top = without_password(self.uri).rstrip("/") if self.has_server else at
        with tracking_errors("looking for the experiment", self.uri, "See whether the store still answers"):
            if run_id:
                place = f"/{self.client.get_run(run_id).info.experiment_id}/runs/{run_id}"
            else:
                listed = [number for number in self.experiment_ids if number != OF_MLFLOW]
                place = f"/{listed[0]}" if len(listed) == 1 else ""
        return f"{top}/#/experiments{place}?workflowType=machine_learning"

    @property
    def has_server(self) -> bool:
        """Whether it is a server, which has the MLflow UI itself."""
        return self.uri.startswith("http")

    @cached_property
    def client(self) -> MlflowClient:
        """MLflow's client for this store, opened."""
        file = sqlite_file(self.uri)
        if file is None:
            ensure_store_answers(self.uri)
            return self._open()
        if self.is_read_only:
            ensure_store_answers(self.uri, writable=False)
            return self._open()
        # MLflow makes and migrates tables without a lock of its own: two first runs at once would break each other.
        with file_lock(file.with_name(f".{file.name}.lock")):
            ensure_store_answers(self.uri)
            with tracking_errors("making its tables", self.uri, f"Nothing was made. {self._opening_remedy()}"):
                ensure_tables(file)
            with tracking_errors("following a move of the project", self.uri, "Nothing was changed; try again"):
                follow_move(file, self.artifacts)
            return self._open()

    def _open(self) -> MlflowClient:
        with tracking_errors("opening it", self.uri, self._opening_remedy()), no_patience():
            client = open_client(self.uri)
            client.get_experiment_by_name(self.experiment or OF_BEFORE)  # MLflow opens a database when it is asked
            return client

    def _opening_remedy(self) -> str:
        if self.uri.startswith("http"):
            return "See the server's log, and MLFLOW_TRACKING_USERNAME / _PASSWORD / _TOKEN if it asks who you are"
        return f"If its schema is out of date: back it up, then run {upgrade_command(self.uri)}"

    def _ensure_experiment(self, client: MlflowClient, name: str) -> str:
        from mlflow.exceptions import MlflowException

        experiment = client.get_experiment_by_name(name)
        if experiment is None:
            # Another process may have been a moment faster.
            with contextlib.suppress(MlflowException):
                return str(client.create_experiment(name, artifact_location=self.artifacts, tags=MARK))
            experiment = client.get_experiment_by_name(name)
        if experiment is None:
            raise TrackingError(
                f"{without_password(self.uri)}: experiment {name} cannot be made; try another tracking.experiment"
            )
        if experiment.lifecycle_stage != "active":
            raise TrackingError(
                f"{without_password(self.uri)}: experiment {name} is deleted. Bring it back with "
                f"{restore_experiment_command(self.uri, experiment.experiment_id)}, "
                "or set tracking.experiment to another name"
            )
        if self.artifacts and not _same_place(experiment.artifact_location, self.artifacts):
            _log.warning(
                "experiment %s keeps its artifacts in %s, where it was made, not in %s",
                name,
                experiment.artifact_location,
                self.artifacts,
            )
        return str(experiment.experiment_id)


def _same_place(uri: str, other: str) -> bool:
    folder = local_path(uri)
    return uri == other if folder is None else folder == local_path(other)
