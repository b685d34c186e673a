"""Commands in processes that can be killed: each is forked from one that has imported much and done nothing."""

from __future__ import annotations

import multiprocessing
import os
import signal
import time
from collections.abc import Sequence
from dataclasses import dataclass
from multiprocessing.context import ForkServerProcess
from pathlib import Path

IMPORTED = ["assay", "torch", "torchvision", "timm", "pytorch_lightning", "mlflow.tracking", "optuna.importance"]
IMPORTED += ["mlflow.store.tracking.sqlalchemy_store", "matplotlib.figure", "sklearn.ensemble", "scipy.stats", "onnx"]
"""Kills should meet the work of a command, and not ten seconds of imports."""
KILLED = -signal.SIGKILL


@dataclass(frozen=True)
class Ended:
    """What became of a command.

    Attributes:
        code: exit code; negative is the signal that ended it.
        seconds: from its start to its end.
        text: what it wrote to stdout and stderr.
    """

    code: int
    seconds: float
    text: str


def _work(words: list[str], folder: str, log: str) -> None:
    os.setsid()
    os.chdir(folder)
    opened = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
    os.dup2(opened, 1)
    os.dup2(opened, 2)
    import sys

    from assay.cli import main

    sys.argv = ["assay", *words]
    try:
        main()
    finally:
        sys.stdout.flush()


class Command:
    """`assay WORDS…` that runs in a folder.

    Args:
        words: after `assay`.
        folder: the working folder.
        log: file of what it says.
    """

    def __init__(self, words: Sequence[str], folder: Path, log: Path) -> None:
        context = multiprocessing.get_context("forkserver")
        context.set_forkserver_preload(IMPORTED)
        self._log = log
        self._process: ForkServerProcess = context.Process(target=_work, args=(list(words), str(folder), str(log)))
        self._begun = time.monotonic()
        self._process.start()

    def kill(self) -> None:
        """SIGKILL to it and to everything that it started."""
        assert self._process.pid is not None
        try:
            os.killpg(self._process.pid, signal.SIGKILL)
        except ProcessLookupError:
            self._process.kill()

    def wait(self, seconds: float | None = None) -> Ended | None:
        """How it ended; None where it is still at work after the seconds."""
        self._process.join(seconds)
        if self._process.exitcode is None:
            return None
        text = self._log.read_text(errors="replace") if self._log.exists() else ""
        return Ended(self._process.exitcode, time.monotonic() - self._begun, text)


def run(words: Sequence[str], folder: Path, log: Path) -> Ended:
    """Run a command to its end."""
    ended = Command(words, folder, log).wait(900)
    if ended is None:
        raise TimeoutError(f"assay {' '.join(words)} did not end in 15 minutes")
    return ended
