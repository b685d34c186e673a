"""Progress on everything longer than two seconds: a bar in a terminal, plain lines elsewhere."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterable, Iterator, Sized
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TypeVar

from assay.output import say

T = TypeVar("T")
_silent = ContextVar("_silent", default=False)


@contextmanager
def silenced() -> Iterator[None]:
    """Inside, nothing says how far it is: another process does so for all that work with it."""
    before = _silent.set(True)
    try:
        yield
    finally:
        _silent.reset(before)


def track(
    items: Iterable[T],
    what: str,
    *,
    total: int | None = None,
    unit: str = "images",
    step: int | Callable[[T], int] = 1,
) -> Iterator[T]:
    """Yield the items and say how far it is: a Rich bar on a terminal, a line every ten seconds elsewhere.

    Work that is over within two seconds says nothing when the output is not a terminal.

    Args:
        items: what to go through.
        what: the activity, e.g. "embedding".
        total: how many units there are; None asks `len(items)` where it has one and multiplies with `step`.
        unit: what is counted.
        step: how many units one item stands for (the batch size), or what says so of an item where they differ.
    """
    if total is None and isinstance(items, Sized) and isinstance(step, int):
        total = len(items) * step
    if _silent.get():
        yield from items
    elif sys.stderr.isatty():
        yield from _bar(items, what, total, step)
    else:
        yield from _lines(items, what, total, unit, step)


def _units(item: T, step: int | Callable[[T], int]) -> int:
    return step if isinstance(step, int) else step(item)


def _bar(items: Iterable[T], what: str, total: int | None, step: int | Callable[[T], int]) -> Iterator[T]:
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    from assay.terminal import terminal

    columns = (TextColumn("{task.description}", markup=False), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=terminal(stderr=True), transient=True) as progress:
        task = progress.add_task(what, total=total)
        for item in items:
            yield item
            progress.advance(task, _units(item, step))


def _lines(items: Iterable[T], what: str, total: int | None, unit: str, step: int | Callable[[T], int]) -> Iterator[T]:
    started = last_line = time.monotonic()
    done = 0
    for item in items:
        yield item
        done += _units(item, step)
        now = time.monotonic()
        if now - last_line >= 10 or (last_line == started and now - started >= 2):
            last_line = now
            whole = f"/{total}" if total else ""
            rate = done / (now - started)
            say(f"{what}: {min(done, total or done)}{whole} {unit}, {rate:.1f}/s", to_stderr=True)
    if last_line != started:
        say(f"{what}: done in {time.monotonic() - started:.1f} s", to_stderr=True)


class Clock:
    """Seconds that the parts of a job took.

    Attributes:
        seconds: by part, in the order in which they ended.
    """

    def __init__(self) -> None:
        """Start the first part now."""
        self.seconds: dict[str, float] = {}
        self._started = time.monotonic()

    def lap(self, part: str) -> None:
        """End a part, and start the next."""
        now = time.monotonic()
        self.seconds[part] = self.seconds.get(part, 0.0) + now - self._started
        self._started = now
