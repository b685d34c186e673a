"""The trial of a sweep that a training belongs to, if any: it hears how each epoch went and may say stop."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Protocol


class Trial(Protocol):
    """What a training can tell its sweep, and ask it."""

    @property
    def number(self) -> int:
        """Which trial of its study."""
        ...

    def started(self, run_id: str) -> None:
        """Hear under which id the run is recorded."""
        ...

    def report(self, metrics: Mapping[str, float], epoch: int) -> str | None:
        """Hear the val metrics after an epoch; gives the reason to stop, None to go on."""
        ...


class Pruned(Exception):  # noqa: N818 - nothing went wrong
    """Raised through a training that its sweep has stopped; says why."""


_current: ContextVar[Trial | None] = ContextVar("trial", default=None)


def current_trial() -> Trial | None:
    """The trial that runs here; None outside a sweep, and in the processes of a distributed training."""
    return _current.get()


@contextmanager
def trial_of(trial: Trial) -> Iterator[None]:
    """Inside, `current_trial` gives this trial."""
    token = _current.set(trial)
    try:
        yield
    finally:
        _current.reset(token)
