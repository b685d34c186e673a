"""A retraining of real steps whose processes are killed, in the middle of a step or when it has done its work."""

from __future__ import annotations

import json
import multiprocessing
import os
import shutil
import signal
import sys
import threading
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from assay.tracking.client import import_quietly
from processes import IMPORTED

MIDDLE, END = "middle", "end"
ENDED = 3
"""Exit code of a process that was not killed."""
IDS = "ids.json"


class Killed:
    """A step in which the process is killed.

    Args:
        step: that is done.
        when: half-way through it, or when all is done and the ledger does not know.
        seconds: that the step takes undisturbed.
    """

    def __init__(self, step: Any, when: str, seconds: float) -> None:
        self.name, self._step, self._when, self._seconds = step.name, step, when, seconds

    def run(self, context: Any) -> Mapping[str, Any]:
        if self._when == MIDDLE:
            timer = threading.Timer(self._seconds / 2, lambda: os.kill(os.getpid(), signal.SIGKILL))
            timer.daemon = True
            timer.start()
        self._step.run(context)
        os.kill(os.getpid(), signal.SIGKILL)
        raise AssertionError("a kill has no end")


def in_a_process(work: Callable[..., None], *arguments: Any) -> int:
    """Do it in a process of its own, in which nothing was done before but imports; gives its exit code."""
    import_quietly()
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload([*IMPORTED, "assay.run.train", "assay.retraining.steps.build", "assay.gate.gate"])
    process = context.Process(target=_and_end, args=(work, *arguments))
    process.start()
    process.join()
    return process.exitcode or 0


def _and_end(work: Callable[..., None], *arguments: Any) -> None:
    work(*arguments)
    sys.stdout.flush()
    os._exit(ENDED)


def go_on(world: Path, step: str = "", when: str = "", seconds: float = 0.0) -> None:
    """Go through what is left of the retraining of a world; killed in a step where one is named."""
    from assay.retraining.rows import run_of
    from assay.retraining.steps.build import steps_in
    from finished import Finished
    from retrained_world import RetrainedWorld

    ids = json.loads((world / IDS).read_text())
    trial = RetrainedWorld.again(world, Finished(world / "mlruns", ids["champion"]))
    with trial.store.reading() as connection:
        run = run_of(connection, ids["retraining"])
    steps = [Killed(each, when, seconds) if each.name == step else each for each in steps_in(trial.workshop())]
    ended = trial.retrain(run, steps=steps)
    print(ended.state, ended.verdict, ended.reason)
    trial.close()


def write_outcome(world: Path, file: Path) -> None:
    """What a retraining has left: manifest, model, verdict, runs, champion; with seconds and attempts of each step."""
    import numpy as np

    from assay.files import digest_of
    from assay.gate.verdict import Verdict
    from assay.retraining.ledger import results_of
    from assay.retraining.rows import attempts, run_of
    from assay.review.labels.files import read_set
    from assay.run.recorded_run import RecordedRun
    from assay.tracking.listing import list_runs
    from finished import Finished
    from retrained_world import RetrainedWorld

    ids = json.loads((world / IDS).read_text())
    trial = RetrainedWorld.again(world, Finished(world / "mlruns", ids["champion"]))
    workshop = trial.workshop()
    with trial.store.reading() as connection:
        results, every = results_of(connection, ids["retraining"]), attempts(connection, ids["retraining"])
        run = run_of(connection, ids["retraining"])
    recorded = RecordedRun(workshop.tracking.find(results["train"]["run"]))
    verdict = Verdict.load(Path(results["gate"]["verdict_file"]))
    checks = [(check.name, check.passed) for check in verdict.checks]
    registry = workshop.registry()
    made = {
        "manifest": results["manifest"]["digest"],
        "labels": [row.label for row in read_set(Path(results["labels"]["folder"]), where="labels").labels],
        "model": digest_of([np.asarray(recorded.predictions("test").logits).tolist(), recorded.calibrator.state()]),
        "verdict": digest_of([verdict.decision, checks, {k: m.value for k, m in verdict.metrics.items()}]),
        "ended": (run.state, run.verdict),
        "champion": registry.state().champion.version,
        "runs": len(list(list_runs(workshop.tracking, nested=True))),
        "history": [entry.kind for entry in registry.entries()],
        "broken": registry.verify(),
    }
    trial.close()
    seconds = {each.step: _seconds(each.started, each.ended) for each in every if each.state == "done"}
    counts = {step: sum(each.step == step for each in every) for step in results}
    file.write_text(json.dumps({"made": made, "seconds": seconds, "attempts": counts}))


def outcome(world: Path) -> dict[str, Any]:
    """`write_outcome` by a process of its own: a library may remember a database that was replaced since."""
    file = world.parent / "outcome.json"
    assert in_a_process(write_outcome, world, file) == ENDED
    return dict(json.loads(file.read_text()))


def undisturbed(world: Path, snapshot: Path) -> dict[str, Any]:
    """What the retraining of a world leaves when nobody kills it; the snapshot is the world before.

    Args:
        world: with a retraining that nobody is at, and its id with that of the champion in `IDS`.
        snapshot: folder that is made.
    """
    shutil.copytree(world, snapshot)
    assert in_a_process(go_on, world) == ENDED
    return outcome(world)


def killed(
    world: Path, snapshot: Path, kills: Sequence[tuple[str, str]], seconds: Mapping[str, float]
) -> tuple[dict[str, Any], int]:
    """What it leaves in the same place when its process is killed so often; and how many were.

    Args:
        world: is replaced.
        snapshot: of `undisturbed`.
        kills: step, and when in it.
        seconds: that the steps take.
    """
    shutil.rmtree(world)
    shutil.copytree(snapshot, world)
    codes = []
    for step, when in kills:
        codes.append(in_a_process(go_on, world, step, when, seconds[step]))
        print(f"{step}, {when}: exit code {codes[-1]}", file=sys.stderr, flush=True)
    assert in_a_process(go_on, world) == ENDED
    return outcome(world), codes.count(-signal.SIGKILL)


def _seconds(started: str, ended: str) -> float:
    return (datetime.fromisoformat(ended) - datetime.fromisoformat(started)).total_seconds()
