"""Jobs in processes of this machine that need no further package and know nothing of each other."""

from __future__ import annotations

import multiprocessing
import os
import signal
import sys
import threading
import time
from collections.abc import Sequence
from contextlib import suppress
from multiprocessing.connection import Connection
from typing import Any

from assay.launchers.running import Job, Running, WorkerLostError

PATIENCE = 15.0
"""Seconds that a job has to end when it is asked to."""


def start_here(jobs: Sequence[Job]) -> list[Running]:
    """Start a process for each job."""
    return [ProcessHere(job) for job in jobs]


class ProcessHere:
    """A job in a process of its own; see `Running`."""

    def __init__(self, job: Job) -> None:
        context = multiprocessing.get_context("spawn")
        self._answer, theirs = context.Pipe(duplex=False)
        self._process = context.Process(target=_run, args=(job, theirs, os.getpid()))
        self._process.start()
        theirs.close()

    def done(self) -> bool:
        """See `Running`."""
        return self._answer.poll() or not self._process.is_alive()

    def result(self) -> Any:
        """See `Running`."""
        try:
            value = self._answer.recv()
        except EOFError:
            self._process.join()
            code = self._process.exitcode or 0
            how = signal.Signals(-code).name if code < 0 else f"exit code {code}"
            raise WorkerLostError(f"process {self._process.pid} ended without an answer ({how})") from None
        self._process.join()
        return value

    def stop(self) -> None:
        """See `Running`."""
        self._process.terminate()
        self._process.join(PATIENCE)
        self._process.kill()
        self._process.join()


def _run(job: Job, answer: Connection, parent: int) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches the command, which asks its processes to end
    end_with(parent)
    try:
        value = job()
    except SystemExit as ended:  # asked to end: what was open is closed, and large libraries take seconds to unload
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(ended.code if isinstance(ended.code, int) else 1)
    with suppress(OSError):
        answer.send(value)


def end_with(parent: int) -> None:
    """Ask this process to end, as SIGTERM does, once its parent is gone, however that went; then end it."""

    def watch() -> None:
        while os.getppid() == parent:
            time.sleep(1)
        os.kill(os.getpid(), signal.SIGTERM)
        time.sleep(PATIENCE)
        os.kill(os.getpid(), signal.SIGKILL)

    threading.Thread(target=watch, daemon=True, name="parent").start()
