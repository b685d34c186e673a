"""Further processes of the same command, each a worker of the same study; they end with the first."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from assay.errors import ConfigError
from assay.output import say, visible

FIRST, NUMBER, VOICE = "ASSAY_SWEEP_FIRST", "ASSAY_SWEEP_WORKER", "ASSAY_SWEEP_VOICE"
PATIENCE = 30.0


@dataclass(frozen=True)
class Worker:
    """One of several processes that take trials, seen by itself.

    Attributes:
        number: from 1; 0 for the process that a person started.
        first: process id of that one.
        voice: file descriptor of what that one prints to; None for its own.
    """

    number: int = 0
    first: int = 0
    voice: int | None = None

    @property
    def is_left_alone(self) -> bool:
        """Whether the process that started this worker is not there any more."""
        return self.number > 0 and os.getppid() != self.first

    def say(self, text: str) -> None:
        """Print a line to stderr, and where the first process prints."""
        say(text, to_stderr=True)
        if self.voice is not None:
            with suppress(OSError):  # that terminal is gone; the line is in the log
                os.write(self.voice, f"worker {self.number}: {visible(text)}\n".encode())


def this_worker() -> Worker:
    """Which worker this process is; asked once, as what it starts itself is none."""
    numbers = [os.environ.pop(name, None) for name in (NUMBER, FIRST, VOICE)]
    number, first, voice = (None if each is None else int(each) for each in numbers)
    return Worker() if number is None or first is None else Worker(number, first, voice)


def worker_command(started: Sequence[str], overrides: Sequence[str], more: Sequence[str]) -> list[str]:
    """The command with which this process was started, with further overrides behind those that it has.

    Args:
        started: the interpreter's own words, `sys.orig_argv`.
        overrides: those of the command.
        more: what to add.

    Raises:
        ConfigError: this process was not started by such a command.
    """
    words = list(started[1:])
    if not overrides or overrides[-1] not in words:
        raise ConfigError(
            "hydra.sweeper.workers: this sweep was started from within another program, and there is no command to "
            "start again; leave hydra.sweeper.workers out, or run assay train -m …"
        )
    behind = len(words) - words[::-1].index(overrides[-1])
    return [sys.executable, *words[:behind], *more, *words[behind:]]


@dataclass(frozen=True)
class EndedWorker:
    """A worker that is no more.

    Attributes:
        number: of the worker.
        code: its exit code; negative is the signal that killed it.
        log: what it printed.
    """

    number: int
    code: int
    log: Path

    def __str__(self) -> str:
        if self.code < 0:
            name = signal.Signals(-self.code).name
            return f"worker {self.number} was killed ({name}), and the trial that it had is tried again; see {self.log}"
        lines = self.log.read_text(encoding="utf-8", errors="replace").splitlines()[-1:]
        return f"worker {self.number} ended with code {self.code}; {self.log} ends: {' '.join(lines)}"


class WorkerProcesses:
    """Processes that run a command each; on leaving the `with` block none is left.

    Each prints into `worker-N.log` of a folder, and what it says as a `Worker` also to stderr of this process. A signal
    of the terminal reaches this process alone, which passes it on.

    Args:
        command: of every worker.
        environments: variables of each worker, beside those of this process.
        folder: for their logs.
    """

    def __init__(self, command: Sequence[str], environments: Sequence[Mapping[str, str]], folder: Path) -> None:
        self._command = list(command)
        self._environments = environments
        self._folder = folder
        self._working: dict[int, subprocess.Popen[bytes]] = {}

    def __enter__(self) -> WorkerProcesses:
        voice = os.dup(2)
        try:
            for number, more in enumerate(self._environments, start=1):
                own = {FIRST: str(os.getpid()), NUMBER: str(number), VOICE: str(voice)}
                with self._log(number).open("ab") as log:
                    self._working[number] = subprocess.Popen(
                        self._command,
                        env={**os.environ, **more, **own},
                        stdin=subprocess.DEVNULL,
                        stdout=log,
                        stderr=log,
                        pass_fds=(voice,),
                        start_new_session=True,
                    )
        except BaseException:
            self.__exit__()
            raise
        finally:
            os.close(voice)
        return self

    def ended(self) -> list[EndedWorker]:
        """Workers that have ended since this was asked before."""
        codes = {number: process.poll() for number, process in self._working.items()}
        self._working = {number: process for number, process in self._working.items() if codes[number] is None}
        return [EndedWorker(number, code, self._log(number)) for number, code in codes.items() if code is not None]

    def wait(self) -> list[EndedWorker]:
        """As `ended`, but wait for one; none are left when it gives none."""
        while self._working:
            if ended_workers := self.ended():
                return ended_workers
            time.sleep(0.2)
        return []

    def __exit__(self, *raised: object) -> None:
        for process in self._working.values():
            process.terminate()
        deadline = time.monotonic() + PATIENCE
        try:
            for process in self._working.values():
                process.wait(max(0.0, deadline - time.monotonic()))
        except (subprocess.TimeoutExpired, KeyboardInterrupt):
            pass
        finally:
            for process in self._working.values():
                process.kill()
                process.wait()

    def _log(self, number: int) -> Path:
        return self._folder / f"worker-{number}.log"
