"""Killed behind each of its steps, a retraining has the manifest, weights and verdict of one that was not."""

from __future__ import annotations

import hashlib
import multiprocessing
import shutil
import signal
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from assay.retraining.ledger import results_of
from assay.retraining.rows import attempts, run_of
from assay.retraining.steps.build import STEPS
from assay.store.service_store import ServiceStore
from finished import Finished
from killed_steps import go_on
from retrained_world import RetrainedWorld

BEGIN = datetime(2026, 12, 7, 2, 0, tzinfo=UTC)


def outcome(root: Path, run: str) -> dict[str, object]:
    """What has to be the same; ids of MLflow's runs and what is sealed over them are not."""
    with ServiceStore(f"sqlite:///{root}/service.db") as store, store.reading() as connection:
        ended, made = run_of(connection, run), results_of(connection, run)
        assert all(each.state in ("done", "killed") for each in attempts(connection, run))
    weights = root / "mlruns" / "work" / str(made["train"]["run"]) / "bundle" / "predictor" / "model.safetensors"
    return {
        "run": (ended.state, ended.verdict),
        "manifest": made["manifest"]["digest"],
        "weights": hashlib.sha256(weights.read_bytes()).hexdigest(),
        "verdict": {key: made["gate"][key] for key in ("decision", "failed", "accuracy")},
        "version": made["promote"]["version"],
    }


@pytest.mark.slow
def test_what_is_left_is_the_same_as_without_a_kill(finished_run: Finished, tmp_path: Path) -> None:
    root = tmp_path / "world"
    root.mkdir()
    world = RetrainedWorld(root, finished_run.copied(root / "mlruns"))
    world.crown()
    world.decide(9)
    run, settings, words = world.queue().id, asdict(world.settings()), world.words
    world.close()
    shutil.copytree(root, tmp_path / "before")

    def process(late: int, deadly: str) -> int | None:
        arguments = (root, words, settings, run, BEGIN + timedelta(minutes=10 * late), deadly)
        child = multiprocessing.get_context("forkserver").Process(target=go_on, args=arguments)
        child.start()
        child.join()
        return child.exitcode

    assert process(0, "") == 3
    whole = outcome(root, run)
    assert whole["run"] == ("done", "promoted")
    shutil.rmtree(root)
    shutil.copytree(tmp_path / "before", root)
    for late, step in enumerate(STEPS):
        assert process(late, step.name) == -signal.SIGKILL, step.name
    assert process(len(STEPS), "") == 3
    assert outcome(root, run) == whole
