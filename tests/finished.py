"""Finished runs: one tiny training for all tests and workers of a session, copied into a store of whoever asks."""

from __future__ import annotations

import os
import shutil
import sqlite3
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from assay.database.locks import file_lock

TINY = ["debug=tiny", "trainer.accelerator=cpu", "data=folder", "data.image_size=32", "model=baseline_cnn"]
TINY += ["evaluation.figures=false", "finetune.epochs=6"]
TINY += [
    "+evaluation.robustness={_target_: assay.evaluation.settings.RobustnessSettings, corruptions: [jpeg, rotation], "
    "severities: [3]}"
]

EASY_GATE = ["gate.checks.commit=null", "gate.checks.alone=null", "gate.checks.test_set.at_least=5"]
EASY_GATE += ["gate.checks.test_set.each_class=1", "gate.loosened.by=Ada", "gate.loosened.reason=small"]
EASY_GATE += ["gate.checks.calibrated.at_most=0.9", "gate.checks.not_worse.margin=0.9", "gate.resamples=200"]
EASY_GATE += ["gate.checks.not_worse.class_margin=null", "gate.checks.exports=null"]
"""What a gate is told that is to let pass what was trained for an instant on a handful of pictures."""


@dataclass(frozen=True)
class Finished:
    """A run, and the folder of the store that it is recorded in."""

    root: Path
    run_id: str

    @property
    def folder(self) -> Path:
        return self.root / "work" / self.run_id

    @property
    def store(self) -> tuple[str, str, str]:
        """What is typed to reach it."""
        return store_words(self.root)

    def copied(self, to: Path) -> Finished:
        """The same in a store that a test may change; one copy at a time is used in a process."""
        from mlflow.tracking._tracking_service import utils

        for name in ("work", "artifacts"):
            shutil.copytree(self.root / name, to / name)
        with sqlite3.connect(self.root / "mlflow.db") as opened:
            opened.execute("VACUUM INTO ?", (str(to / "mlflow.db"),))
        with sqlite3.connect(to / "mlflow.db") as opened:
            for table, column in (("runs", "artifact_uri"), ("experiments", "artifact_location")):
                replaced = f"UPDATE {table} SET {column} = replace({column}, ?, ?)"
                opened.execute(replaced, (str(self.root), str(to)))
        utils._artifact_repos_cache.clear()  # MLflow remembers where a run's artifacts lie by the run's id alone
        return Finished(to, self.run_id)


def with_graphs(cache: Path) -> Path:
    """A cache of a test's own in which graphs are those of all workers: they take seconds, and hold no weights."""
    from assay.embeddings.onnx_runtime import EXPORTED

    graphs = Path(os.environ["ASSAY_CACHE"]) / EXPORTED
    for folder in (graphs, cache):
        folder.mkdir(parents=True, exist_ok=True)
    (cache / EXPORTED).symlink_to(graphs)
    return cache


def store_words(root: Path) -> tuple[str, str, str]:
    database, artifacts = f"tracking.uri=sqlite:///{root}/mlflow.db", f"tracking.artifacts={root}/artifacts"
    return (database, artifacts, f"tracking.work={root}/work")


@pytest.fixture(scope="session")
def finished_run(of_all_workers: Path, photos: Path, store_in: Callable[[Path], Path]) -> Finished:
    """A run of `TINY` on the photos, to be read, or copied and changed."""
    root = of_all_workers / "finished"
    with file_lock(of_all_workers / "finished.lock"):
        if not (root / "run_id").exists():
            from assay.config.compose import compose
            from assay.run.train import train

            outcome = train(compose([*TINY, f"data.root={photos}", *store_words(store_in(root))]))
            (root / "run_id").write_text(outcome.run_id)
    return Finished(root, (root / "run_id").read_text())


@pytest.fixture(scope="session")
def exported_run(of_all_workers: Path, finished_run: Finished) -> Finished:
    """The finished run with its bundle in float and ONNX; the cache of all workers has the graphs of its network."""
    root = of_all_workers / "exported"
    with file_lock(of_all_workers / "exported.lock"):
        if not (root / "run_id").exists():
            from assay.config.compose import compose
            from assay.config.targets import build
            from assay.deploy.export.export import bundle_of

            config = compose([*finished_run.copied(root).store])
            store = build(config.tracking)
            bundle_of(config, store, store.find(finished_run.run_id))
            (root / "run_id").write_text(finished_run.run_id)
    return Finished(root, finished_run.run_id)
