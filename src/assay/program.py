"""How a training was called, for the commands that messages and pages print: `python train.py` or `assay train`."""

from __future__ import annotations

import os
import shlex
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar

from assay.environ import environment

VARIABLE = "ASSAY_PROGRAM"
"""Environment variable with the words, so that the processes of a multirun's jobs know them too."""
INSTALLED = "assay train"
GOES_ON = " goes on with: "
_called: ContextVar[tuple[str, ...]] = ContextVar("called", default=())


def training_command(words: Sequence[str]) -> str:
    """The command that trains with these overrides, quoted for a shell, as this process was called.

    Args:
        words: overrides, as a program gets them.
    """
    return " ".join([os.environ.get(VARIABLE) or INSTALLED, *map(shlex.quote, words)])


@contextmanager
def called_as(program: str) -> Iterator[None]:
    """Inside, trainings are called by these words; "" for those of the installed program."""
    with environment({VARIABLE: program or INSTALLED}):
        yield


@contextmanager
def called_with(name: str, words: Sequence[str]) -> Iterator[None]:
    """Inside, this command was called with these words; see `this_command`."""
    token = _called.set((name, *words))
    try:
        yield
    finally:
        _called.reset(token)


def this_command(otherwise: str) -> str:
    """The command that is running, ready to type; the other words where no command is."""
    words = _called.get()
    return " ".join(["assay", *map(shlex.quote, words)]) if words else otherwise


def words_of_this_command() -> tuple[str, ...]:
    """The words behind the name of the command that is running; () where none is."""
    return _called.get()[1:]


def note_way_on(error: BaseException, what: str, command: str) -> None:
    """Let an error carry the command that goes on after it.

    Args:
        error: on its way up.
        what: goes on, such as "run 3f2a91bc".
        command: ready to type.
    """
    error.add_note(f"{what}{GOES_ON}{command}")


def ways_on(error: BaseException) -> list[str]:
    """What `note_way_on` has left, each sentence once; other notes, such as tracebacks of other processes, are not."""
    return list(dict.fromkeys(note for note in getattr(error, "__notes__", ()) if GOES_ON in note.partition("\n")[0]))
