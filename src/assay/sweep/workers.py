"""The workers of one sweep command on this machine: what each may use, and how they are started again."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from assay.config.hydra_flags import parse_flags
from assay.data.cores import usable_cores
from assay.environ import environment
from assay.launchers.devices import installed_gpus
from assay.launchers.share import THREADS
from assay.sweep.shares import share
from assay.sweep.worker_processes import WorkerProcesses, worker_command


def command_of_workers(name: str, folder: Path) -> list[str]:
    """The command of every further worker: this one, for the same study in the same folder.

    Raises:
        ConfigError: this process was not started by a command.
    """
    overrides = parse_flags(sys.argv[1:]).overrides
    more = ["hydra.sweeper.workers=1", f"hydra.sweeper.study_name='{name}'", f"hydra.sweep.dir='{folder.absolute()}'"]
    return worker_command(sys.orig_argv, overrides, more)


@contextmanager
def started_workers(command: list[str], workers: int, folder: Path) -> Iterator[WorkerProcesses]:
    """Start all workers but this one, and leave this one its share too; the block ends with none left.

    Args:
        command: of every further worker.
        workers: how many there are, this one included.
        folder: of the sweep.
    """
    before = dict(os.environ)
    gpus = installed_gpus() if workers > 1 else 0
    shares = [share(index, workers, before, cores=usable_cores(), gpus=gpus) for index in range(workers)]
    if THREADS[0] in shares[0] and "torch" in sys.modules:
        sys.modules["torch"].set_num_threads(int(shares[0][THREADS[0]]))
    with environment(shares[0]), WorkerProcesses(command, shares[1:], folder) as processes:
        yield processes
