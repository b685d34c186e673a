"""One run in full: how it was made, what came out, its files, and what it belongs to."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from omegaconf import DictConfig

from assay.disk import disk_use
from assay.errors import DataError, TrackingError
from assay.housekeeping.listed_runs import ListedRun, data_of, kind_of, listed_run, registered_versions
from assay.housekeeping.needed import Need, Needs
from assay.measurement import Measurement
from assay.program import training_command
from assay.tracking.client import tracking_errors
from assay.tracking.listing import records_by_id
from assay.tracking.run_disk import artifacts_folder
from assay.tracking.run_files import BUNDLE
from assay.tracking.seal import TAG
from assay.tracking.tags import ERROR, FILES_REMOVED, RESUMED

if TYPE_CHECKING:
    from assay.tracking.read import RunRecord
    from assay.tracking.store import TrackingStore

TRIAL = "assay.trial"
BUNDLE_TAG = f"{TAG}bundle.json"


@dataclass(frozen=True)
class RunFileUse:
    """A file or folder of a run.

    Attributes:
        name: within the run.
        folder: bytes in the run's working folder; None where it is not there.
        artifacts: bytes among its artifacts on this machine; None where it is not there.
    """

    name: str
    folder: int | None
    artifacts: int | None


@dataclass(frozen=True)
class RunDetails:
    """A run in full.

    Attributes:
        run: as a list shows it.
        experiment: name of its MLflow experiment.
        overrides: what was typed, one word each.
        command: that trains it again.
        seed: as configured, "" where unknown.
        device: what it ran on, "" where unknown.
        commit: of the code, "" where unknown.
        error: how it failed, or why it was killed; "" where it was not.
        resumed: how often it was taken up again.
        belongs_to: the study, sweep or multirun that it is a run of, as `sweep NAME (ID)`; "" without one.
        trial: its number in a sweep, "" without one.
        exported: where its bundle lies, "" where it was not exported.
        files_removed: when its files went, "" where they did not.
        folder: its working folder on this machine.
        artifacts: where its artifacts lie.
        files: the largest first.
        needs: what it is needed by.
    """

    run: ListedRun
    experiment: str
    overrides: tuple[str, ...]
    command: str
    seed: str
    device: str
    commit: str
    error: str
    resumed: int
    belongs_to: str
    trial: str
    exported: str
    files_removed: str
    folder: Path
    artifacts: str
    files: tuple[RunFileUse, ...]
    needs: tuple[Need, ...]


def run_details(config: DictConfig, store: TrackingStore, record: RunRecord) -> RunDetails:
    """All that is known of a run.

    Args:
        config: composed; says where the registry's history lies.
        store: that records it.
        record: of it.
    """
    overrides = typed_words(record.params.get("overrides", ""))
    tags = record.tags
    run = listed_run(record, registered_versions(store).get(record.run_id, ()))
    return RunDetails(
        run=replace(run, metrics=_measured(record) or run.metrics),
        experiment=_experiment(store, record),
        overrides=overrides,
        command=_command(record, overrides),
        seed=record.params.get("seed", ""),
        device=tags.get("device", ""),
        commit=tags.get("git_commit", ""),
        error=tags.get(ERROR, ""),
        resumed=int(tags.get(RESUMED, "0")),
        belongs_to=_belongs_to(store, record),
        trial=tags.get(TRIAL, ""),
        exported=exported(record),
        files_removed=tags.get(FILES_REMOVED, ""),
        folder=record.folder,
        artifacts=record.artifacts,
        files=_files(record),
        needs=Needs(config, store).of(record),
    )


def typed_words(overrides: str) -> tuple[str, ...]:
    """The words of a command that were recorded as one text, each with the quotes that it has for Hydra."""
    return tuple(re.findall(r"""(?:'[^']*'|"[^"]*"|\S)+""", overrides))


def _measured(record: RunRecord) -> dict[str, Measurement]:
    """Every number about all classes, with its interval; empty where the run left no evidence."""
    from assay.run.recorded_run import RecordedRun

    try:
        measured = RecordedRun(record).evidence.measured()
    except (DataError, TrackingError):
        return {}
    return {name: value for (name, class_name), value in measured.items() if class_name is None}


def _command(record: RunRecord, overrides: tuple[str, ...]) -> str:
    return training_command(overrides) if data_of(record.params) else ""


def _experiment(store: TrackingStore, record: RunRecord) -> str:
    with tracking_errors("looking for the experiment", store.uri, "See whether the store still answers"):
        number = store.client.get_run(record.run_id).info.experiment_id
        return str(store.client.get_experiment(number).name)


def _belongs_to(store: TrackingStore, record: RunRecord) -> str:
    parent = records_by_id(store, [record.parent]).get(record.parent) if record.parent else None
    return "" if parent is None else f"{kind_of(parent)} {parent.name} ({parent.run_id[:8]})"


def exported(record: RunRecord) -> str:
    """Where a run's bundle lies: in its folder, else among its artifacts; "" where none was made."""
    folder = record.folder / BUNDLE
    if folder.is_dir():
        return str(folder)
    return f"{record.artifacts}/{BUNDLE}" if BUNDLE_TAG in record.tags else ""


def _files(record: RunRecord) -> tuple[RunFileUse, ...]:
    work = _sizes(record.folder)
    local = artifacts_folder(record)
    stored = {} if local is None else _sizes(Path(record.artifacts))
    files = [RunFileUse(name, work.get(name), stored.get(name)) for name in work | stored]
    return tuple(sorted(files, key=lambda file: (-(file.folder or 0) - (file.artifacts or 0), file.name)))


def _sizes(folder: Path) -> dict[str, int]:
    if not folder.is_dir():
        return {}
    return {path.name + "/" * path.is_dir(): disk_use(path).size for path in folder.iterdir()}
