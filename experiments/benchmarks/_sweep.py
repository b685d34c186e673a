"""What the sweep benchmarks share: the search space, and a sweep in a process of its own that is watched trial by trial."""

from __future__ import annotations

import re
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

import psutil

TRAIN = Path(__file__).parents[2] / "train.py"
SPACE = {
    "head": ("linear", "cosine"),
    "sampler": ("shuffle", "sqrt", "weighted", "effective_number"),
    "loss": ("cross_entropy", "focal", "balanced_softmax", "logit_adjusted"),
    "calibration": ("none", "temperature", "vector", "isotonic", "auto"),
    "aug": ("none", "mixup"),
}
FIXED = ("sampler.allow_stacking=true",)


def searched() -> list[str]:
    """The overrides that span the space."""
    return [*FIXED, *(f"{key}=choice({','.join(values)})" for key, values in SPACE.items())]


@dataclass(frozen=True)
class Seen:
    """A trial as seen from outside.

    Attributes:
        started: seconds since the sweep's process was started.
        memory: resident bytes of that process when the trial began.
    """

    started: float
    memory: int


def watch(folder: Path, words: list[str]) -> tuple[list[Seen], float]:
    """Run a sweep in a folder; gives its trials in the order in which they began, and when it ended."""
    folder.mkdir(parents=True, exist_ok=True)
    command = [sys.executable, str(TRAIN), "-m", "hydra/sweeper=optuna", *words]
    started, seen = time.perf_counter(), []
    with (folder / "out.txt").open("w") as out:
        process = subprocess.Popen(command, cwd=folder, stdout=out, stderr=subprocess.PIPE, text=True)
        assert process.stderr is not None
        watched = psutil.Process(process.pid)
        last: list[str] = []
        for line in process.stderr:
            last = [*last[-20:], line]
            if re.match(r"trial \d+: ", line):
                seen.append(Seen(time.perf_counter() - started, watched.memory_info().rss))
    ended = time.perf_counter() - started
    if process.wait():
        raise SystemExit("".join(last))
    return seen, ended


def fit_seconds(folder: Path) -> dict[int, float]:
    """What the runs of a sweep recorded as the seconds of their heads' training, by number of the trial."""
    from mlflow import MlflowClient

    client = MlflowClient(f"sqlite:///{folder}/mlruns/mlflow.db")
    (experiment,) = [found for found in client.search_experiments() if found.name == "assay"]
    runs = client.search_runs([experiment.experiment_id], "tags.`assay.trial` LIKE '%'", max_results=10_000)
    return {int(run.data.tags["assay.trial"]): run.data.metrics["seconds/fit"] for run in runs}
