"""A job of controlled length, behind the real door of sweeps: it sleeps, and may have to wait for the other worker.

The environment says where the workers meet (MEET) and whether they wait for each other after every trial (BATCH).
"""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path

import numpy as np
from omegaconf import DictConfig

from assay.config import door

SHORTEST, MEAN, LONGEST = 0.2, 4.0, 16.0


def seconds_of(number: int) -> float:
    """How long the trial with this number lasts, whoever runs it."""
    return float(np.clip(np.random.default_rng(number).exponential(MEAN), SHORTEST, LONGEST))


def meet(place: str) -> None:
    """Wait until both workers are at the place."""
    folder = Path(os.environ["MEET"]) / place
    folder.mkdir(parents=True, exist_ok=True)
    (folder / str(os.getpid())).touch()
    until = time.monotonic() + 300
    while len(list(folder.iterdir())) < 2 and time.monotonic() < until:
        time.sleep(0.005)


ran = 0


def job(config: DictConfig) -> dict[str, float]:
    """Sleep; how good the trial is does not matter."""
    global ran
    from hydra.core.hydra_config import HydraConfig

    if ran == 0:
        meet("start")
    ran += 1
    started = time.time()
    time.sleep(seconds_of(int(HydraConfig.get().job.num)))
    with (Path(os.environ["MEET"]) / "times.txt").open("a") as opened:
        opened.write(f"{started} {time.time()}\n")
    if os.environ.get("BATCH"):
        meet(f"after {ran}")
    return {"val/macro_f1": float(config.optimizer.lr)}


if __name__ == "__main__":
    door.run(job, sys.argv[1:], "unequal.py")
