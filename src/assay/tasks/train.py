"""`assay train`: images, training, evidence, record."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from omegaconf import DictConfig, OmegaConf

from assay.config import door
from assay.config.check import check
from assay.config.targets import build
from assay.errors import ConfigError
from assay.tasks import parts

if TYPE_CHECKING:
    from assay.evaluation.evidence import Evidence
    from assay.predictor import Predictor
    from assay.tracking.run import TrackedRun


@dataclass(frozen=True)
class Outcome:
    """What a training leaves in memory.

    Attributes:
        run_id: of the MLflow run.
        predictor: calibrated, as it would be served.
        evidence: on the test split.
        folder: the run's files.
    """

    run_id: str
    predictor: Predictor
    evidence: Evidence
    folder: Path

    @property
    def report(self) -> Path:
        """The page to look at."""
        return self.folder / "report.html"


def main(arguments: Sequence[str], program: str) -> None:
    """Run the command with the words after its name."""
    door.run(job, arguments, program)


def job(config: DictConfig) -> float | None:
    """One training of a run or a multirun; gives the val metric that a sweeper may optimise."""
    from assay.tasks.show import show

    outcome = train(config)
    show(outcome, config.tracking)
    name = str(config.trainer.monitor).removeprefix("val/")
    return outcome.evidence.other_splits["val"].get(name)


def train(config: DictConfig) -> Outcome:
    """Compose, train, measure, record; with `resume`, go on with a run that was interrupted.

    Raises:
        AssayError: what a person can mend. Configuration, data, weights and tracking are looked at before a run
            exists.
    """
    check(config)
    store = build(config.tracking)
    store.check()
    store.mark_dead_runs()
    if config.resume:
        return _resume(config, store)
    manifest = parts.manifest(config)
    network = parts.network(config, len(manifest.class_names))
    with _start(config, manifest, store) as run:
        return _train_and_measure(config, manifest, network, run)


def _start(config: DictConfig, manifest: Manifest, store: TrackingStore) -> TrackedRun:
    """A new run that knows everything that it takes to go on after a kill."""
    from assay.tracking.environment import environment

    run = store.start_run(
        config.name or _name(),
        params={**door.plain(config), "overrides": " ".join(_overrides())},
        tags={**environment(), "dataset_digest": manifest.digest, "config_digest": config_digest(config)},
        parent=_parent(store),
    )
    with run.failing_closed():
        with atomic_write(run.folder / CONFIG) as temporary:
            OmegaConf.save(config, temporary, resolve=True)
        manifest.save(run.folder / MANIFEST)
    return run


def _resume(asked: DictConfig, store: TrackingStore) -> Outcome:
    """The run as it was configured, on the images and splits that it had."""
    if extra := [word for word in _overrides() if not word.startswith(("resume=", "tracking", "cache="))]:
        raise ConfigError(f"resume goes on with the run as it was configured; take away {' '.join(extra)}")
    record = store.find(asked.resume)
    if record.status == "FINISHED":
        raise ConfigError(f"resume={record.run_id}: this run is finished; its report is in {record.folder}")
    if not (record.folder / MANIFEST).exists():
        raise ConfigError(f"resume={record.run_id}: {record.folder} is not on this machine or was removed")
    config = OmegaConf.load(record.folder / CONFIG)
    config.cache = asked.cache
    manifest = Manifest.load(record.folder / MANIFEST)
    network = parts.network(config, len(manifest.class_names))
    with store.resume_run(record.run_id) as run:
        return _train_and_measure(config, manifest, network, run)
