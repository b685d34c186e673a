"""Processes for tests that kill and interrupt them: programs through their real door, without waiting for imports."""

from __future__ import annotations

import multiprocessing
import os
import subprocess
from collections.abc import Callable, Iterator, Sequence
from multiprocessing.context import ForkServerProcess
from pathlib import Path

import pytest

from assay.tracking.client import import_quietly

Begin = Callable[[Path, Sequence[str], Path], "Begun"]
IMPORTED = ["assay", "torch", "torchvision", "timm", "pytorch_lightning", "mlflow.tracking", "optuna.importance"]
IMPORTED += ["mlflow.store.tracking.sqlalchemy_store", "matplotlib.figure", "sklearn.ensemble", "scipy.stats"]
"""What takes ten seconds and more of every process that trains."""
RUN = """
import os, runpy, sys
os.environ.clear()
os.environ.update(environment)
os.setsid()
os.chdir(folder)
for number, name in ((1, "out"), (2, "err")):
    os.dup2(os.open(f"{said}/{name}", os.O_WRONLY | os.O_CREAT), number)
sys.argv, sys.orig_argv = [program, *words], [sys.executable, program, *words]
try:
    runpy.run_path(program, run_name="__main__")
except KeyboardInterrupt:
    sys.exit(130)
finally:
    sys.stdout.flush()
"""


class Begun:
    """A process that was forked from one which has imported much and done nothing; used like a `Popen`."""

    def __init__(self, process: ForkServerProcess, said: Path) -> None:
        self._process, self._said = process, said
        process.start()
        assert process.pid is not None
        self.pid: int = process.pid

    @property
    def returncode(self) -> int | None:
        return self._process.exitcode

    def poll(self) -> int | None:
        return self._process.exitcode

    def send_signal(self, number: int) -> None:
        os.kill(self.pid, number)

    def communicate(self, timeout: float | None = None) -> tuple[str, str]:
        self._process.join(timeout)
        if self._process.exitcode is None:
            raise subprocess.TimeoutExpired(str(self.pid), timeout or 0)
        out, err = ((self._said / name).read_text() for name in ("out", "err"))
        return out, err


@pytest.fixture
def begin(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Begin]:
    """Starts `python program words…` in a folder; only the imports are done before."""
    import_quietly()
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(IMPORTED)
    begun: list[Begun] = []

    def start(program: Path, words: Sequence[str], folder: Path) -> Begun:
        said = tmp_path_factory.mktemp("said")
        names = {"environment": dict(os.environ), "folder": str(folder), "said": str(said)}
        names |= {"program": str(program), "words": list(words)}  # type: ignore[dict-item]
        process = context.Process(target=exec, args=(RUN, names))
        begun.append(Begun(process, said))
        return begun[-1]

    yield start
    for process in begun:
        if process.poll() is None:
            os.kill(process.pid, 9)
            process.communicate(60)
