"""What a run that was interrupted goes on with: its own config and pictures, each held against what was recorded."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from omegaconf import DictConfig, OmegaConf

from assay.config import door
from assay.disk import is_leftover, remove
from assay.errors import ConfigError, DataError
from assay.run.config_digest import refuse_edited_config
from assay.run.recorded_run import RecordedRun
from assay.run.training_images import load_manifest
from assay.run.workspace import cache_folder
from assay.tracking.run_files import MANIFEST

if TYPE_CHECKING:
    from assay.data.manifest import Manifest
    from assay.tracking.read import RunRecord
    from assay.tracking.store import TrackingStore

SHOWN = 5


@dataclass(frozen=True)
class InterruptedRun:
    """A run that was interrupted, as it was recorded.

    Attributes:
        record: what the store holds about it.
        config: its own, with cache and tracking as they are asked for now.
        manifest: its images and splits; every file is what it was.
    """

    record: RunRecord
    config: DictConfig
    manifest: Manifest


def interrupted_run(asked: DictConfig, store: TrackingStore) -> InterruptedRun:
    """The run that `resume` names, once it is sure that nothing of it changed since it began.

    Raises:
        ConfigError: it cannot be resumed, or its config was edited.
        DataError: its manifest or its pictures are not what they were.
    """
    overrides, _ = door.typed_overrides()
    if extra := [word for word in overrides if not word.startswith(("resume=", "tracking", "cache="))]:
        raise ConfigError(f"resume goes on with the run as it was configured; take away {' '.join(extra)}")
    record = store.find(asked.resume)
    if record.status == "FINISHED":
        raise ConfigError(f"resume={record.run_id}: this run is finished; its files are in {record.folder}")
    if not (record.folder / MANIFEST).exists():
        raise ConfigError(f"resume={record.run_id}: {record.folder} holds no run; it has to go on where it started")
    run = RecordedRun(record)
    refuse_edited_config(run.config, record)
    _refuse_other_manifest(run)
    refuse_changed_pictures(run)
    config = OmegaConf.merge(run.config, {"cache": asked.cache, "tracking": asked.tracking})
    assert isinstance(config, DictConfig)
    return InterruptedRun(record, config, run.manifest)


def _refuse_other_manifest(run: RecordedRun) -> None:
    recorded = run.record.tags.get("dataset_digest")
    if recorded not in (None, run.manifest.digest):
        raise DataError(
            f"resume={run.run_id}: {run.record.folder / MANIFEST} is not the manifest that the run began with. "
            "Put that file back, or start a new run"
        )


def refuse_changed_pictures(run: RecordedRun) -> None:
    """Hold the pictures of a run against its manifest; what lay in the cache and is gone is made again.

    Raises:
        DataError: files changed, vanished or changed places; says which, and what to do.
    """
    from assay.data.recorded_pictures import changed_pictures

    cache = cache_folder(run.config).absolute()
    if any(path.is_relative_to(cache) and not path.exists() for path in run.manifest.paths):
        load_manifest(run.config)
    changed = changed_pictures(run.manifest)
    if changed:
        examples = "; ".join(f"{path} {state}" for path, state in list(changed.items())[:SHOWN])
        more = f"; and {len(changed) - SHOWN} more" if len(changed) > SHOWN else ""
        raise DataError(
            f"resume={run.run_id}: {len(changed)} of {len(run.manifest)} pictures are not what they were when the run "
            f"began: {examples}{more}. Put these files back as they were, or start a new run, which takes the pictures "
            "as they are now"
        )


def remove_leftovers(folder: Path) -> None:
    """Take away what a write that was killed has left in a run's folder: it would count as a part of the model."""
    for path in folder.rglob(".*.tmp"):
        if is_leftover(path):
            remove(path)
