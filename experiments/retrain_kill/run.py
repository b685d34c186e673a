"""A retraining whose process is killed twice in each step: does it end in the same manifest, model and verdict?

python experiments/retrain_kill/run.py [--folder FOLDER] [--steps train promote …] [--quick]

Trains a small champion on drawn pictures, promotes it, has reviewers decide on new pictures, and keeps all that as a
snapshot. From it one retraining goes through undisturbed, and one is killed by SIGKILL half-way through each step, and
again when the step has done everything and the ledger does not know. Prints the table of the README.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
sys.path[:0] = [str(ROOT), str(ROOT / "tests")]
STEPS = ("recipe", "labels", "manifest", "audit", "embed", "train", "gate", "canary", "promote")
MIDDLE, END = "middle", "end"


class Killed:
    """A step in which the process is killed.

    Args:
        step: that is done.
        when: "middle" or "end".
        seconds: that the step takes undisturbed.
    """

    def __init__(self, step: Any, when: str, seconds: float) -> None:
        self.name, self._step, self._when, self._seconds = step.name, step, when, seconds

    def run(self, context: Any) -> Mapping[str, Any]:
        """Do it, and be killed."""
        if self._when == MIDDLE:
            timer = threading.Timer(self._seconds / 2, lambda: os.kill(os.getpid(), signal.SIGKILL))
            timer.daemon = True
            timer.start()
        self._step.run(context)
        os.kill(os.getpid(), signal.SIGKILL)
        raise AssertionError("unreachable")


def build(world: Path) -> None:
    """A champion, nine decided pictures, and a retraining that nobody is at."""
    from assay.config.compose import compose
    from assay.run.train import train
    from conftest import _draw_photos
    from finished import TINY, Finished, store_words
    from retrained_world import RetrainedWorld

    (world / "photos").mkdir(parents=True)
    _draw_photos(world / "photos")
    store = world / "mlruns"
    store.mkdir()
    made = train(compose([*TINY, f"data.root={world / 'photos'}", *store_words(store)]))
    trial = RetrainedWorld(world, Finished(store, made.run_id))
    trial.crown()
    trial.decide(9)
    (world / "ids.json").write_text(json.dumps({"champion": made.run_id, "retraining": trial.queue().id}))
    trial.close()


def child(world: Path, step: str, when: str, seconds: float) -> None:
    """Go through what is left of the retraining; killed in a step where one is named."""
    from assay.retraining.rows import run_of
    from assay.retraining.steps.build import steps_in
    from finished import Finished
    from retrained_world import RetrainedWorld

    ids = json.loads((world / "ids.json").read_text())
    trial = RetrainedWorld.again(world, Finished(world / "mlruns", ids["champion"]))
    with trial.store.reading() as connection:
        run = run_of(connection, ids["retraining"])
    steps = [Killed(each, when, seconds) if each.name == step else each for each in steps_in(trial.workshop())]
    ended = trial.retrain(run, steps=steps)
    print(ended.state, ended.verdict, ended.reason)
    trial.close()


def outcome(world: Path) -> dict[str, Any]:
    """What a retraining has left: manifest, weights, predictions, verdict, runs, champion."""
    import numpy as np

    from assay.files import digest_of
    from assay.gate.verdict import Verdict
    from assay.retraining.ledger import results_of
    from assay.retraining.rows import attempts, run_of
    from assay.run.recorded_run import RecordedRun
    from assay.tracking.listing import list_runs
    from finished import Finished
    from retrained_world import RetrainedWorld

    ids = json.loads((world / "ids.json").read_text())
    trial = RetrainedWorld.again(world, Finished(world / "mlruns", ids["champion"]))
    workshop = trial.workshop()
    with trial.store.reading() as connection:
        results, every = results_of(connection, ids["retraining"]), attempts(connection, ids["retraining"])
        run = run_of(connection, ids["retraining"])
    recorded = RecordedRun(workshop.tracking.find(results["train"]["run"]))
    logits = np.asarray(recorded.predictions("test").logits)
    verdict = Verdict.load(Path(results["gate"]["verdict"]))
    checks = [(check.name, check.passed) for check in verdict.checks]
    registry = workshop.registry()
    made = {
        "manifest": results["manifest"]["digest"],
        "labels": [row.label for row in _labels(results)],
        "model": digest_of([logits.tolist(), recorded.calibrator.state()]),
        "verdict": digest_of([verdict.decision, checks, {k: m.value for k, m in verdict.metrics.items()}]),
        "ended": (run.state, run.verdict),
        "champion": registry.state().champion.version,
        "runs": len(list(list_runs(workshop.tracking, nested=True))),
        "history": [entry.kind for entry in registry.entries()],
        "broken": registry.verify(),
    }
    trial.close()
    seconds = {each.step: _seconds(each.started, each.ended) for each in every if each.state == "done"}
    return {"made": made, "seconds": seconds, "attempts": {s: sum(a.step == s for a in every) for s in STEPS}}


def _labels(results: Mapping[str, Any]) -> Any:
    from assay.review.labels.files import read_set

    return read_set(Path(results["labels"]["folder"]), where="labels").labels


def _seconds(started: str, ended: str) -> float:
    from datetime import datetime

    return (datetime.fromisoformat(ended) - datetime.fromisoformat(started)).total_seconds()


def read(world: Path) -> dict[str, Any]:
    """`outcome` in a process of its own: a library may remember a database that was replaced since."""
    words = [sys.executable, __file__, "--outcome", str(world)]
    text = subprocess.run(words, check=True, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL).stdout
    return dict(json.loads(text.splitlines()[-1]))


def go(world: Path, step: str = "", when: str = "", seconds: float = 0.0) -> int:
    """A process of its own; gives its exit code, -9 for one that was killed."""
    words = [sys.executable, __file__, "--child", str(world), step, when, str(seconds)]
    return subprocess.run(words, check=False, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL).returncode


def compare(folder: Path, steps: tuple[str, ...]) -> tuple[dict[str, Any], dict[str, Any], int]:
    """Both retrainings from one snapshot, in the same place; and how many processes were killed."""
    world, snapshot = folder / "world", folder / "snapshot"
    build(world)
    shutil.copytree(world, snapshot)
    assert go(world) == 0
    whole = read(world)
    shutil.rmtree(world)
    shutil.copytree(snapshot, world)
    kills = 0
    for step in steps:
        for when in (MIDDLE, END):
            began = time.monotonic()
            code = go(world, step, when, whole["seconds"][step])
            kills += code == -signal.SIGKILL
            print(
                f"{step}, {when}: exit code {code} after {time.monotonic() - began:.0f} s", file=sys.stderr, flush=True
            )
    assert go(world) == 0
    return whole, read(world), kills


def main() -> None:
    if sys.argv[1:2] == ["--child"]:
        world, step, when, seconds = sys.argv[2:]
        child(Path(world), step, when, float(seconds))
        return
    if sys.argv[1:2] == ["--outcome"]:
        print(json.dumps(outcome(Path(sys.argv[2]))))
        return
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--folder", type=Path, help="empty; one that is removed afterwards without it")
    parser.add_argument("--steps", nargs="+", choices=STEPS, default=STEPS)
    parser.add_argument("--quick", action="store_true", help="train and promote alone")
    asked = parser.parse_args()
    steps = ("train", "promote") if asked.quick else tuple(asked.steps)
    with tempfile.TemporaryDirectory() as own:
        whole, killed, kills = compare(asked.folder or Path(own), steps)
    print(f"processes killed: {kills} of {2 * len(steps)}\n")
    print("| | undisturbed | killed twice in each step | same |\n| --- | --- | --- | --- |")
    for name, value in whole["made"].items():
        other = killed["made"][name]
        shown = [str(each)[:16] if isinstance(each, str) else str(each) for each in (value, other)]
        print(f"| {name} | {shown[0]} | {shown[1]} | {'yes' if value == other else 'NO'} |")
    print(f"| attempts | {sum(whole['attempts'].values())} | {sum(killed['attempts'].values())} | |")


if __name__ == "__main__":
    main()
