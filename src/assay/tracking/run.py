"""TrackedRun: one run in the store, from its start to a status that says how it ended."""

from __future__ import annotations

import logging
import os
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from functools import cached_property
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

from assay.errors import AssayError, TrackingError
from assay.models.pruning import Pruned
from assay.tracking.artifact_uri import local_path
from assay.tracking.client import tracking_errors
from assay.tracking.interrupt import termination_raises
from assay.tracking.limits import METRICS_PER_BATCH, batches, flatten, legal_name, legal_tags
from assay.tracking.local_artifacts import place, whole_files
from assay.tracking.process import is_gone, process_tags, source_tags
from assay.tracking.read import find
from assay.tracking.tags import ERROR, PARENT, PRUNED, RESUMED

if TYPE_CHECKING:
    import pandas as pd
    from mlflow.entities import DatasetInput

    from assay.data.manifest import Manifest
    from assay.tracking.connection import Connection

_log = logging.getLogger(__name__)


class TrackedRun:
    """A run of this process; its context ends it FINISHED, FAILED (an exception) or KILLED (Ctrl-C, SIGTERM, exit).

    A run that its sweep has given up is KILLED too, with the reason as the tag `assay.pruned` instead of `error`.

    Attributes:
        run_id: MLflow's id, 32 hex characters.
        name: as shown in the UI.
        folder: this run's working folder on this machine; it outlives the process, so a resumed run finds its files.
        resumed: how often the run was taken up again.

    Every method raises TrackingError when the store does not take what it is given.
    """

    def __init__(self, store: Connection, run_id: str, name: str, *, resumed: int = 0) -> None:
        self._store = store
        self._client = store.client
        self._ending = ExitStack()
        self._owner = os.getpid()
        self.run_id = run_id
        self.name = name
        self.resumed = resumed
        self.folder: Path = store.work / run_id
        self.folder.mkdir(parents=True, exist_ok=True)

    @property
    def experiment(self) -> str:
        """Name of the experiment that it is in."""
        with self._talking("looking for its experiment"):
            number = self._client.get_run(self.run_id).info.experiment_id
            return str(self._client.get_experiment(number).name)

    @property
    def page(self) -> str:
        """Its address in the MLflow UI."""
        return self._store.page_of(self.run_id)

    def __reduce__(self) -> tuple[Any, ...]:
        """In another process (a rank of a distributed training) it is the same run, with a connection of its own."""
        return _elsewhere, (self._store, self.run_id, self.name, self.resumed)

    def __enter__(self) -> Self:
        self._ending.enter_context(termination_raises())
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        if os.getpid() != self._owner:
            return
        with self._ending:
            if error is None:
                self._end("FINISHED")
                return
            try:
                pruned = isinstance(error, Pruned)
                self.set_tags({PRUNED: error} if pruned else {ERROR: _said(error)})
                self._end("FAILED" if isinstance(error, Exception) and not pruned else "KILLED")
            except AssayError as second:
                _log.warning("the end of run %s could not be recorded: %s", self.run_id, second)

    def _end(self, status: str) -> None:
        with self._talking("ending the run"):
            self._client.set_terminated(self.run_id, status)

    @contextmanager
    def _talking(self, doing: str) -> Iterator[None]:
        remedy = f"What the run has made is in {self.folder}; go on with resume={self.run_id} when the store answers"
        with tracking_errors(doing, self._store.uri, remedy):
            yield

    def log_metrics(self, metrics: Mapping[str, Any], step: int | None = None) -> None:
        """Record numbers in one request.

        NaN is recorded as NaN, infinity as the largest float (a database has no infinity), None is left out.

        Args:
            metrics: floats, or anything that `float` takes, by names like `val/macro_f1`.
            step: the epoch; 0 when None.
        """
        self.log_epochs({step or 0: metrics})

    def log_epochs(self, epochs: Mapping[int, Mapping[str, Any]]) -> None:
        """Record the numbers of several epochs in one request; see `log_metrics`."""
        from mlflow.entities import Metric

        now = int(time.time() * 1000)
        entries = [
            Metric(legal_name(name), float(value), now, step)
            for step, metrics in sorted(epochs.items())
            for name, value in metrics.items()
            if value is not None
        ]
        with self._talking("recording metrics"):
            for start in range(0, len(entries), METRICS_PER_BATCH):
                self._client.log_batch(self.run_id, metrics=entries[start : start + METRICS_PER_BATCH])

    def log_params(self, params: Mapping[str, Any]) -> None:
        """Record config, nested or flat, however long: values past 6,000 characters are cut with a mark that says so.

        Params of a run never change: in a resumed run the first value stands, and a difference is logged as a warning.
        """
        from mlflow.entities import Param

        flat = flatten(params)
        with self._talking("recording params"):
            if self.resumed:
                known = self._client.get_run(self.run_id).data.params
                changed = [name for name, value in flat.items() if known.get(name, value) != value]
                if changed:
                    _log.warning("run %s was started with other values of %s", self.run_id, ", ".join(changed[:10]))
                flat = {name: value for name, value in flat.items() if name not in known}
            for batch in batches(flat):
                self._client.log_batch(self.run_id, params=[Param(name, value) for name, value in batch.items()])

    def set_tags(self, tags: Mapping[str, Any], *, once: bool = False) -> None:
        """Set tags; values past 8,000 characters are cut visibly.

        Args:
            tags: name -> value.
            once: leave those alone that the run has already; otherwise a later value replaces an earlier one.
        """
        from mlflow.entities import RunTag

        with self._talking("setting tags"):
            known = self._client.get_run(self.run_id).data.tags if once else {}
            entries = [RunTag(name, value) for name, value in legal_tags(tags).items() if name not in known]
            for start in range(0, len(entries), 100):
                self._client.log_batch(self.run_id, tags=entries[start : start + 100])

    def log_dataset(
        self, manifest: Manifest, *, name: str | None = None, described: DatasetInput | None = None
    ) -> None:
        """Record the dataset as MLflow's dataset input, with images per class and split.

        Args:
            manifest: with its splits assigned.
            name: shown in the UI; the manifest's sources when None.
            described: what `dataset_input` says about this manifest, where that is known already.
        """
        from assay.tracking.dataset import dataset_input

        with self._talking("recording the dataset"):
            self._client.log_inputs(self.run_id, datasets=[described or dataset_input(manifest, name)])

    def log_artifact(self, path: Path, folder: str | None = None) -> None:
        """Store a file, or a folder with all that is in it, under `folder` of the run's artifacts (None: at the top).

        Where artifacts lie on this machine, what is written once (`WRITE_ONCE`) is not written a second time. What a
        write that was killed has left in the folder is no part of it.

        Raises:
            TrackingError: there is no such file, or it cannot be stored.
        """
        if not path.exists():
            raise TrackingError(f"{path}: cannot be stored as an artifact: no such file")
        with self._talking(f"storing {path.name}"):
            if (artifacts := self._local_artifacts) is not None:
                place(path, artifacts / folder if folder else artifacts)
            elif path.is_dir():
                top = Path(folder or "") / path.name
                for inside, names in whole_files(path):
                    for name in names:
                        self._client.log_artifact(self.run_id, str(path / inside / name), (top / inside).as_posix())
            else:
                self._client.log_artifact(self.run_id, str(path), folder)

    @cached_property
    def _local_artifacts(self) -> Path | None:
        """The folder of this machine that holds the run's artifacts; None where they lie elsewhere."""
        uri = self._client.get_run(self.run_id).info.artifact_uri
        return None if uri is None else local_path(uri)

    def log_table(self, table: pd.DataFrame, name: str) -> None:
        """Store a table as `tables/<name>.json` in the form that MLflow's UI shows; a second call replaces it.

        MLflow's own log_table appends to a table that is there, so a resumed run would hold every row twice.
        """
        import json

        path = self.folder / "tables" / f"{name}.json"
        path.parent.mkdir(exist_ok=True)
        table.to_json(path, orient="split", index=False, date_format="iso")
        self.log_artifact(path, "tables")
        with self._talking("recording a table"):
            tag = self._client.get_run(self.run_id).data.tags.get("mlflow.loggedArtifacts", "[]")
        entry = {"path": f"tables/{name}.json", "type": "table"}
        known = json.loads(tag)
        if entry not in known:
            self.set_tags({"mlflow.loggedArtifacts": json.dumps([*known, entry])})


def start(
    store: Connection, name: str, *, params: Mapping[str, Any], tags: Mapping[str, str], parent: str | None
) -> TrackedRun:
    """Make a run with its tags in one request, then record its params; see `TrackingStore.start_run`."""
    store.ensure_writable()
    client, experiment = store.client, store.experiment_id
    known = legal_tags({**source_tags(tags.get("git_commit")), **process_tags(), **tags})
    if parent:
        known[PARENT] = parent
    with tracking_errors("starting a run", store.uri, "Nothing was recorded; try again"):
        made = client.create_run(experiment, tags=known, run_name=name)
    run = TrackedRun(store, made.info.run_id, name)
    try:
        run.log_params(params)
    except BaseException as error:
        run.__exit__(type(error), error, None)
        raise
    return run


def amend(store: Connection, run_id: str) -> TrackedRun:
    """A run that has ended, to record something more in it; see `TrackingStore.amend_run`."""
    record = find(store, run_id)
    if record.status == "RUNNING" and not is_gone(record.tags):
        raise TrackingError(f"run {record.run_id} is at work; wait for its end")
    return TrackedRun(store, record.run_id, record.name)


def resume(store: Connection, run_id: str) -> TrackedRun:
    """Take up a run again in its own record; see `TrackingStore.resume_run`."""
    record = find(store, run_id)
    if record.status == "FINISHED":
        raise TrackingError(f"run {record.run_id} is finished: there is nothing to resume. Start a new run")
    if record.status == "RUNNING" and not is_gone(record.tags):
        host, pid = record.tags.get("assay.host", "an unknown host"), record.tags.get("assay.pid", "?")
        if record.tags.get("assay.machine") == process_tags()["assay.machine"]:
            raise TrackingError(
                f"run {record.run_id} is at work: process {pid} on {host}. End it first, or wait for it"
            )
        _log.warning("run %s was left running by process %s on %s; taking it over", record.run_id, pid, host)
    run = TrackedRun(store, record.run_id, record.name, resumed=int(record.tags.get(RESUMED, "0")) + 1)
    with tracking_errors("resuming the run", store.uri, "Nothing was changed; try again"):
        store.client.update_run(run.run_id, status="RUNNING")
        for tag in {ERROR, PRUNED} & set(record.tags):
            store.client.delete_tag(run.run_id, tag)
    run.set_tags({**process_tags(), RESUMED: run.resumed})
    return run


def _said(error: BaseException) -> str:
    # Lightning turns Ctrl-C into sys.exit(1); what the person did is one step back.
    causes = [error, error.__context__] if isinstance(error, SystemExit) else [error]
    if any(isinstance(cause, KeyboardInterrupt) for cause in causes):
        return "KeyboardInterrupt: interrupted from the keyboard"
    return f"{type(error).__name__}: {error}"


def _elsewhere(store: Connection, run_id: str, name: str, resumed: int) -> TrackedRun:
    return TrackedRun(store, run_id, name, resumed=resumed)
