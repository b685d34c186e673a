"""Trials per hour against Optuna's own loop in one process, and against batches on two workers.

Optuna's loop calls the same training with the same recording at the points that the sweep has just tried, in turns
within one process, and may use all that the sweep has warmed. On two workers trials only sleep, for 0.2 to 16 seconds,
exponentially distributed around 4; workers, storage and tracking are real. In the batch-synchronous way the same
workers wait for each other after every trial, as a sweeper does that asks for two points at a time.
"""

from __future__ import annotations

import argparse
import contextlib
import io
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from _sweep import FIXED, SPACE, searched

WORDS = ["hydra/sweeper=optuna", "hydra.sweeper.study_name=throughput", *searched()]


class Plain:
    """What a training sees of a trial that Optuna runs itself."""

    def __init__(self, number: int) -> None:
        self.number = number

    def started(self, run_id: str) -> None:
        """Nothing: the study keeps no run."""

    def report(self, metrics: Mapping[str, float], epoch: int) -> None:
        """Nothing: no trial is pruned on either side."""


def sweep_round(trials: int) -> tuple[float, list[dict[str, str]]]:
    """Seconds until the sweep has that many trials, from its first one now, and the points of those that it ran now."""
    import assay.sweep.run as module
    from assay.commands.train import main

    points: list[dict[str, str]] = []
    times: list[float] = []
    one, show = module._run, module._show

    def run(study: Any, trial: Any, *rest: Any) -> None:
        times.append(time.perf_counter())
        points.append({key: str(value) for key, value in trial.point.items()})
        one(study, trial, *rest)

    def ended(*given: Any) -> None:
        times.append(time.perf_counter())

    module._run, module._show = run, ended
    try:
        main(["-m", *WORDS, f"hydra.sweeper.n_trials={trials}"], "train.py")
    finally:
        module._run, module._show = one, show
    return times[-1] - times[0], points


def plain_round(study: Any, points: list[dict[str, str]]) -> float:
    """Seconds that Optuna's loop takes for these points."""
    from assay.config.compose import compose
    from assay.models.pruning import trial_of
    from assay.run.train import train

    def objective(trial: Any) -> float:
        point = {key: trial.suggest_categorical(key, values) for key, values in SPACE.items()}
        words = [*FIXED, *(f"{key}={value}" for key, value in point.items()), "evaluation=val"]
        with trial_of(Plain(trial.number)):
            return train(compose(words)).objectives["val/macro_f1"]

    for point in points:
        study.enqueue_trial(point)
    started = time.perf_counter()
    study.optimize(objective, n_trials=len(points))
    return time.perf_counter() - started


def against_plain(rounds: int, each: int) -> list[tuple[float, float]]:
    """Seconds of the sweep and of Optuna's loop for the same trials, round by round; the first round is not counted."""
    import optuna

    from assay.run.shared_objects import sharing

    optuna.logging.set_verbosity(optuna.logging.WARNING)
    study = optuna.create_study(direction="maximize", sampler=optuna.samplers.TPESampler(seed=0))
    pairs = []
    with sharing(), contextlib.redirect_stderr(io.StringIO()), contextlib.redirect_stdout(io.StringIO()):
        for number in range(rounds + 1):
            ours, points = sweep_round((number + 1) * each)
            pairs.append((ours, plain_round(study, points)))
    return pairs[1:]


def two_workers(trials: int, *, batch: bool) -> float:
    """Seconds from the beginning of the first trial to the end of the last."""
    with tempfile.TemporaryDirectory() as root:
        words = ["-m", "hydra/sweeper=optuna", "hydra/sweeper/sampler=random", f"hydra.sweeper.n_trials={trials}"]
        command = [sys.executable, str(Path(__file__).with_name("_unequal.py")), *words, "optimizer.lr=interval(0,1)"]
        told = {**os.environ, "MEET": str(Path(root) / "meet"), "BATCH": "yes" if batch else ""}
        pipes: Any = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
        workers = [subprocess.Popen(command, cwd=root, env=told, **pipes) for _ in range(2)]
        ended = [worker.wait() for worker in workers]
        if any(ended):
            raise SystemExit("a worker failed")
        times = [line.split() for line in (Path(root) / "meet" / "times.txt").read_text().splitlines()]
    return max(float(end) for _, end in times) - min(float(start) for start, _ in times)


def main() -> None:
    """Measure both, and print a line each."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=6)
    parser.add_argument("--each", type=int, default=5, help="trials of a round")
    parser.add_argument("--unequal", type=int, default=24, help="trials of unequal length")
    parser.add_argument("--repeats", type=int, default=3)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, contextlib.chdir(folder):
        pairs = against_plain(asked.rounds, asked.each)
    ratios = [plain / ours for ours, plain in pairs]
    trials = asked.rounds * asked.each
    print(f"{trials} trials: {sum(ours for ours, _ in pairs):.1f} s, Optuna's loop {sum(p for _, p in pairs):.1f} s")
    print(f"throughput against Optuna's loop: {statistics.median(ratios):.3f} (target 0.9), {spread(ratios)}")
    runs = [[two_workers(asked.unequal, batch=batch) for batch in (False, True)] for _ in range(asked.repeats)]
    ratios = [batch / ours for ours, batch in runs]
    listed = ", ".join(f"{ours:.1f} against {batch:.1f} s" for ours, batch in runs)
    print(f"{asked.unequal} trials of unequal length on two workers: {listed}")
    print(f"throughput against batches of two: {statistics.median(ratios):.3f} (target 1.25), {spread(ratios)}")


def spread(ratios: list[float]) -> str:
    """Lowest and highest."""
    return f"from {min(ratios):.3f} to {max(ratios):.3f}"


if __name__ == "__main__":
    main()
