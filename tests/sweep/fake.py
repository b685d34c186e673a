"""A job that costs nothing, through the real door: `python fake.py -m hydra/sweeper=optuna …`."""

from __future__ import annotations

import math
import os
import sys
import time
from pathlib import Path

from omegaconf import DictConfig

from assay.config import door
from assay.config.check import check
from assay.errors import AssayError


def job(config: DictConfig) -> dict[str, float]:
    """Best at lr=0.3; `name` says what goes wrong."""
    from hydra.core.hydra_config import HydraConfig

    check(config)
    lr, number = float(config.optimizer.lr), HydraConfig.get().job.num
    with Path("ran.txt").open("a") as opened:
        opened.write(f"{number} {lr!r} {config.loss._target_.rpartition('.')[2]} {os.getpid()}\n")
    what = str(config.name)
    if what == "slow":
        time.sleep(0.15)
    if what == "nan" and number % 3 == 1:
        return {"val/macro_f1": math.nan}
    if what == "bad" and number % 3 == 1:
        raise RuntimeError("CUDA out of memory")
    if what == "hopeless":
        raise ValueError("no trial can work")
    if what == "hang" and number == 4 and not Path("hung.txt").exists():
        Path("hung.txt").touch()
        time.sleep(600)
    if what == "lame":
        lame(worker="hydra.sweeper.workers=1" in sys.argv)
    if what == "long":
        time.sleep(600)
    return {"val/macro_f1": 1 - (lr - 0.3) ** 2, "cost/latency_p95_ms": lr}


def lame(*, worker: bool) -> None:
    """A worker hangs in its second trial; the process that started it waits for that in its first."""
    hung = Path("hung.txt")
    while not worker and not hung.exists():
        time.sleep(0.05)
    lines = [line for line in Path("ran.txt").read_text().splitlines() if line.endswith(f" {os.getpid()}")]
    if worker and len(lines) == 2:
        hung.write_text(f"{os.getpid()} {os.environ['OMP_NUM_THREADS']}")
        time.sleep(600)


if __name__ == "__main__":
    try:
        door.run(job, sys.argv[1:], "fake.py")
    except AssayError as error:
        print(f"{type(error).__name__}: {error}", file=sys.stderr)
        sys.exit(error.exit_code)
