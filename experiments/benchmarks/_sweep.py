"""What the sweep benchmarks share: the search space, and a sweep in a process of its own, watched trial by trial."""

from __future__ import annotations

import re
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psutil

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


@dataclass
class Seen:
    """What a moment in the sweep's process looked like.

    Attributes:
        at: seconds since its start.
        processor: seconds of the processor that all its threads have used.
        memory: resident bytes.
        fit_processor: seconds of the processor inside the trainer's loop since the moment before.
    """

    at: float
    processor: float
    memory: int
    fit_processor: float = field(default=0.0)


def watch(folder: Path, words: list[str]) -> list[Seen]:
    """Run a sweep in a folder; gives the beginning of each trial, and the end of the last."""
    folder.mkdir(parents=True, exist_ok=True)
    command = [sys.executable, __file__, "-m", "hydra/sweeper=optuna", *words]
    started, seen = time.perf_counter(), []

    def look() -> None:
        used = watched.cpu_times()
        seen.append(Seen(time.perf_counter() - started, used.user + used.system, watched.memory_info().rss))

    with (folder / "out.txt").open("w") as out:
        process = subprocess.Popen(command, cwd=folder, stdout=out, stderr=subprocess.PIPE, text=True)
        assert process.stderr is not None
        watched, last = psutil.Process(process.pid), [""]
        for line in process.stderr:
            last = [*last[-20:], line]
            if found := re.match(r"fit (\S+)", line):
                seen[-1].fit_processor += float(found[1])
            elif re.match(r"trial \d+: |trials have ended", line):
                look()
    if process.wait():
        raise SystemExit("".join(last))
    return seen


def fit_seconds(folder: Path) -> dict[int, float]:
    """What the runs of a sweep recorded as the seconds of their heads' training, by number of the trial."""
    from mlflow import MlflowClient

    client = MlflowClient(f"sqlite:///{folder}/mlruns/mlflow.db")
    (experiment,) = [found for found in client.search_experiments() if found.name == "assay"]
    runs = client.search_runs([experiment.experiment_id], "tags.`assay.trial` LIKE '%'", max_results=10_000)
    return {int(run.data.tags["assay.trial"]): run.data.metrics["seconds/fit"] for run in runs}


def _sweep() -> None:
    """The command `train.py`, which also says how much of the processor each training has used and when trials end."""
    import pytorch_lightning as pl

    import assay.sweep.run
    from assay.commands.train import main

    fit, summarised = pl.Trainer.fit, assay.sweep.run._show

    def timed(*given: Any, **named: Any) -> None:
        before = time.process_time()
        fit(*given, **named)
        print(f"fit {time.process_time() - before}", file=sys.stderr, flush=True)

    def ended(*given: Any) -> None:
        print("trials have ended", file=sys.stderr, flush=True)
        summarised(*given)

    pl.Trainer.fit, assay.sweep.run._show = timed, ended  # type: ignore[method-assign,assignment]
    main(sys.argv[1:], "train.py")


if __name__ == "__main__":
    _sweep()
