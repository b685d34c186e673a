"""Timing by turns: all lanes go on side by side, so that what disturbs the machine hits all of them alike."""

from __future__ import annotations

import contextlib
import itertools
import math
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from assay.deploy.benchmark.contender import Contender, answers
from assay.evaluation.cost import RUNS_FOR_P95
from assay.predictor import decoded
from assay.progress import track

STEPS = ("decode", "preprocess", "network", "rest")
"""What an answer is made of; the rest is head, calibration, domain and reject rule."""
BURST, BURST_MS = 10, 150.0
"""Answers, or milliseconds, of one turn."""
WARMING = 0.15
"""Share of the time that warming up takes at most."""
SINGLE = 3.0
"""A lane of single pictures gets so many times the time of another: its percentiles are what a client feels."""


@dataclass
class Lane:
    """One format with one batch size and one number of threads.

    Attributes:
        contender: what answers.
        batch: pictures per call.
        threads: that everything on the CPU may use.
        steps: of each timed call, milliseconds of the four `STEPS`.
        warmed: calls before that.
    """

    contender: Contender
    batch: int
    threads: int
    steps: list[tuple[float, float, float, float]] = field(default_factory=list)
    warmed: int = 0
    spent: float = 0.0

    @property
    def due(self) -> tuple[int, float]:
        """The lane with the smallest comes next: the p95 of single pictures, then each once, then by share of time."""
        phase = 0 if self.batch == 1 and len(self.steps) < RUNS_FOR_P95 else 2 if self.steps else 1
        return phase, self.spent / (SINGLE if self.batch == 1 else 1.0)


def take_turns(
    lanes: Sequence[Lane], pictures: Sequence[bytes], *, runs: int, warmup: int, seconds: float | None
) -> None:
    """Time every lane until it has its runs or the time is over; the lanes keep what was timed.

    Turns are short (`BURST` answers), and begin with an untimed answer, because the lane before has filled the caches.
    Every lane is timed at least once.

    Args:
        lanes: fresh ones.
        pictures: files as bytes, taken in turn; at least one.
        runs: timed calls of a lane, at most.
        warmup: untimed calls of a lane before that, at most.
        seconds: for all; None takes as long as the runs take.
    """
    queues: dict[int, Iterator[bytes]] = {id(lane): itertools.cycle(pictures) for lane in lanes}
    plan = Plan(runs, warmup, math.inf if seconds is None else seconds)
    with _threads_restored():
        for _ in track(_percent(lanes, queues, plan), "benchmark", total=100, unit="%"):
            pass


@dataclass(frozen=True)
class Plan:
    """How long to go on; see `take_turns`."""

    runs: int
    warmup: int
    seconds: float


def _percent(lanes: Sequence[Lane], queues: dict[int, Iterator[bytes]], plan: Plan) -> Iterator[None]:
    """Do the turns, and yield for each hundredth of the way."""
    started, reported = time.monotonic(), 0
    while waiting := [lane for lane in lanes if len(lane.steps) < plan.runs]:
        passed = time.monotonic() - started
        if passed >= plan.seconds:
            waiting = [lane for lane in waiting if not lane.steps]
        if not waiting:
            break
        lane = min(waiting, key=lambda waiting_lane: waiting_lane.due)
        use_threads(lane.threads)
        if not lane.warmed:
            _warm(lane, queues[id(lane)], plan.warmup, plan.seconds * WARMING / len(lanes))
        _turn(lane, queues[id(lane)], plan.runs)
        done = sum(len(measured_lane.steps) for measured_lane in lanes) / (plan.runs * len(lanes))
        while reported < min(100, int(100 * max(done, passed / plan.seconds))):
            reported += 1
            yield


def _warm(lane: Lane, queue: Iterator[bytes], warmup: int, seconds: float) -> None:
    started = time.monotonic()
    for call in range(warmup):
        if call and time.monotonic() - started > seconds:
            break
        timed(lane.contender, list(itertools.islice(queue, lane.batch)))
        lane.warmed += 1


def _turn(lane: Lane, queue: Iterator[bytes], runs: int) -> None:
    started = time.perf_counter()
    answers(lane.contender, [next(queue)])
    for _ in range(min(BURST, runs - len(lane.steps))):
        lane.steps.append(timed(lane.contender, list(itertools.islice(queue, lane.batch))))
        lane.spent = lane.spent + sum(lane.steps[-1])
        if (time.perf_counter() - started) * 1000 > BURST_MS:
            break


def timed(contender: Contender, pictures: Sequence[bytes]) -> tuple[float, float, float, float]:
    """Milliseconds of the four `STEPS` of one call."""
    clock = time.perf_counter
    start = clock()
    images = [decoded(picture, "a picture") for picture in pictures]
    seen = clock()
    prepared = contender.prepare(images)
    ready = clock()
    output = contender.run(prepared)
    ran = clock()
    contender.read(images, output)
    end = clock()
    return (seen - start) * 1e3, (ready - seen) * 1e3, (ran - ready) * 1e3, (end - ran) * 1e3


def use_threads(threads: int) -> None:
    """Let torch, OpenCV and the linear algebra of numpy use so many threads from now on."""
    import cv2
    import torch
    from threadpoolctl import threadpool_limits

    torch.set_num_threads(threads)
    cv2.setNumThreads(threads)
    threadpool_limits(threads, user_api="blas")


@contextlib.contextmanager
def _threads_restored() -> Iterator[None]:
    import cv2
    import torch
    from threadpoolctl import ThreadpoolController

    before = torch.get_num_threads(), cv2.getNumThreads()
    libraries = [
        (library, library.get_num_threads())
        for library in ThreadpoolController().select(user_api="blas").lib_controllers
    ]
    try:
        yield
    finally:
        torch.set_num_threads(before[0])
        cv2.setNumThreads(before[1])
        for library, threads in libraries:
            library.set_num_threads(threads)
