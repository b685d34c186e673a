"""Latency: how long one answer takes, picture by picture, as a client would see it."""

from __future__ import annotations

import itertools
import os
import time
from collections.abc import Callable, Sequence
from typing import TypeVar

from assay.data.cores import usable_cores
from assay.progress import track

Picture = TypeVar("Picture")


def time_answers(
    answer: Callable[[Picture], object], pictures: Sequence[Picture], *, runs: int, warmup: int
) -> list[float]:
    """Milliseconds of each of `runs` answers after `warmup` untimed ones; the pictures are taken in turn.

    Args:
        answer: called with one picture.
        pictures: at least one.
        runs: answers that are timed.
        warmup: answers before that, while caches and threads settle.
    """
    queue = itertools.cycle(pictures)
    for picture in itertools.islice(queue, warmup):
        answer(picture)
    times: list[float] = []
    for picture in track(itertools.islice(queue, runs), "latency", total=runs, unit="answers"):
        started = time.perf_counter()
        answer(picture)
        times.append((time.perf_counter() - started) * 1000)
    return times


def load_per_core() -> float | None:
    """Processes that wanted a core in the minute before, for each core of the machine; None where that is not known."""
    if not hasattr(os, "getloadavg"):
        return None
    return round(os.getloadavg()[0] / max(os.cpu_count() or 1, usable_cores()), 2)
