"""The list of recorded runs: how each ended, what it trained, what came out, what it takes on disk."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from assay.evaluation.stored_metrics import stored_metrics
from assay.housekeeping.request import RunsRequest
from assay.measurement import Measurement
from assay.tracking.client import tracking_errors
from assay.tracking.listing import list_runs
from assay.tracking.names import source_of_run
from assay.tracking.parent import CHILDREN, is_parent
from assay.tracking.run_disk import RunDiskUse, artifacts_folder, run_disk_use
from assay.tracking.run_files import EVIDENCE
from assay.tracking.tags import PRUNED

if TYPE_CHECKING:
    from assay.tracking.connection import Connection
    from assay.tracking.read import RunRecord

STUDY = "assay.study"
"""Tag of the parent of a study, with its name; of that of a sweep too."""
TRIALS = "trials/"
"""Beginning of the metrics that the parent of a sweep has, and no other run."""
VAL = "calibrated/val/"


@dataclass(frozen=True)
class ListedRun:
    """A run in a list.

    Attributes:
        run_id: MLflow's id.
        name: as shown in the UI.
        kind: "training", "study", "sweep" or "multirun".
        status: "finished", "running", "failed", "killed" or "pruned".
        started: milliseconds since 1970.
        ended: likewise; None while it is at work, or where nobody recorded its end.
        parent: run id of the study, sweep or multirun that it belongs to, None without one.
        children: how the runs of a study, sweep or multirun ended, "3 FINISHED"; "" for a training.
        model: name of the backbone, "" where there is none.
        data: what the images came from, "" where there is none.
        dataset_digest: of images and division, "" where there is none.
        metrics: by name in the evidence, on test; on val for a run that was measured on val alone.
        split: what the metrics are about, "test" or "val".
        disk: what it takes.
        versions: of registered models that it is, as `cells 3`.
    """

    run_id: str
    name: str
    kind: str
    status: str
    started: int
    ended: int | None
    parent: str | None
    children: str
    model: str
    data: str
    dataset_digest: str
    metrics: Mapping[str, Measurement]
    split: str
    disk: RunDiskUse
    versions: tuple[str, ...]


def listed_runs(store: Connection, request: RunsRequest, *, parent: str = "") -> tuple[ListedRun, ...]:
    """The runs that are asked for, the newest first.

    Args:
        store: where they are recorded.
        request: which.
        parent: run id that `request.parent` means, "" without one.
    """
    records = list_runs(
        store,
        experiment=request.experiment,
        status=request.status.upper(),
        parent=parent,
        nested=request.nested,
        limit=request.limit,
    )
    versions = registered_versions(store) if records else {}
    return tuple(listed_run(record, versions.get(record.run_id, ())) for record in records)


def listed_run(record: RunRecord, versions: Sequence[str] = ()) -> ListedRun:
    """What a list says of a run."""
    metrics, split = main_metrics(record)
    return ListedRun(
        run_id=record.run_id,
        name=record.name,
        kind=kind_of(record),
        status="pruned" if PRUNED in record.tags else record.status.lower(),
        started=record.started,
        ended=record.ended,
        parent=record.parent,
        children=record.tags.get(CHILDREN, "") if is_parent(record.tags) else "",
        model=record.params.get("model.name", ""),
        data=data_of(record.params),
        dataset_digest=record.tags.get("dataset_digest", ""),
        metrics=metrics,
        split=split,
        disk=run_disk_use(record),
        versions=tuple(versions),
    )


def kind_of(record: RunRecord) -> str:
    """What a run is: "training", "study", "sweep" or "multirun"."""
    if any(name.startswith(TRIALS) for name in record.metrics):
        return "sweep"
    if STUDY in record.tags and is_parent(record.tags):
        return "study"
    return "multirun" if is_parent(record.tags) else "training"


def data_of(params: Mapping[str, str]) -> str:
    """What the images came from: the option of `data`, and the name or folder that tells two of a kind apart."""
    source = source_of_run(params)
    given = params.get("data.name") or Path(params.get("data.root") or params.get("data.path") or "").name
    return f"{source} {given}".strip() if source in ("folder", "table", "torchvision") else source


def main_metrics(record: RunRecord) -> tuple[dict[str, Measurement], str]:
    """What was measured and on which split: with intervals where the evidence lies on this machine, else as logged."""
    for folder in (record.folder, _artifacts(record)):
        if folder is not None and (metrics := stored_metrics(folder / EVIDENCE)):
            return metrics, "test"
    for begin, split in (("test/", "test"), (VAL, "val")):
        logged = {name.removeprefix(begin): value for name, value in record.metrics.items() if name.startswith(begin)}
        if logged:
            return {name: Measurement(value, None, None, 0, "as logged") for name, value in logged.items()}, split
    return {}, "test"


def registered_versions(store: Connection) -> dict[str, tuple[str, ...]]:
    """Run id -> the versions of registered models that it is, as `cells 3`."""
    versions: dict[str, list[str]] = defaultdict(list)
    with tracking_errors("asking the model registry", store.uri, "See whether the store still answers"):
        token = None
        while True:
            page = store.client.search_model_versions(page_token=token)
            for version in page:
                if version.run_id:
                    versions[version.run_id].append(f"{version.name} {version.version}")
            token = page.token
            if not token:
                return {run_id: tuple(sorted(names)) for run_id, names in versions.items()}


def _artifacts(record: RunRecord) -> Path | None:
    folder = artifacts_folder(record)
    return None if folder is None else Path(record.artifacts)
