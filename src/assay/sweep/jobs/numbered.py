"""Which job of a multirun this process is at, so that what it prints and records says so."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from typing import TextIO, cast

from assay.tracking.tags import JOB_VARIABLE


def job_label(number: int, count: int, words: str) -> str:
    """`[2/4] loss=focal seed=1`, as a value that OmegaConf does not fill in.

    Args:
        number: of the job, from 1.
        count: of all jobs.
        words: overrides that tell it from the others.
    """
    return f"[{number}/{count}] {words}".rstrip().replace("${", "$ {")


@contextmanager
def prefixed() -> Iterator[None]:
    """Inside, each line that this process prints begins with `[2/4]`: several jobs write to one terminal."""
    label = os.environ.get(JOB_VARIABLE, "")
    if not label:
        yield
        return
    prefix = f"{label.partition(' ')[0]} "
    out, err = (cast(TextIO, _Prefixed(stream, prefix)) for stream in (sys.stdout, sys.stderr))
    with redirect_stdout(out), redirect_stderr(err):
        yield


class _Prefixed:
    """A text stream that begins each line with a prefix; everything else is the stream's own."""

    def __init__(self, stream: TextIO, prefix: str) -> None:
        self._stream, self._prefix = stream, prefix
        self._at_start = True

    def write(self, text: str) -> int:
        for line in text.splitlines(keepends=True):
            bare = not self._at_start or line.startswith(self._prefix)  # the job's first line has it already
            self._stream.write(line if bare else self._prefix + line)
            self._at_start = line.endswith("\n")
        return len(text)

    def isatty(self) -> bool:
        return False  # bars of several processes would draw over each other

    def __getattr__(self, name: str) -> object:
        return getattr(self._stream, name)
