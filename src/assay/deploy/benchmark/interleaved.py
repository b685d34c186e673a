"""Timing by turns: all configurations go on side by side, so that what disturbs the machine hits all of them alike."""

from __future__ import annotations

import contextlib
import itertools
import math
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

from assay.deploy.benchmark.benchmarked_format import BenchmarkedFormat, answers
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
"""Single pictures get so many times the time of larger batches: their percentiles are what a client feels."""


@dataclass
class TimedConfiguration:
    """One format with one batch size and one number of threads.

    Attributes:
        benchmarked: what answers.
        batch: pictures per call.
        threads: that everything on the CPU may use.
        steps: of each timed call, milliseconds of the four `STEPS`.
        warmed: calls before that.
        timed_ms: sum of all steps, in milliseconds.
    """

    benchmarked: BenchmarkedFormat
    batch: int
    threads: int
    steps: list[tuple[float, float, float, float]] = field(default_factory=list)
    warmed: int = 0
    timed_ms: float = 0.0

    @property
    def due(self) -> tuple[int, float]:
        """The smallest comes next: the p95 of single pictures, then each configuration once, then by share of time."""
        phase = 0 if self.batch == 1 and len(self.steps) < RUNS_FOR_P95 else 2 if self.steps else 1
        return phase, self.timed_ms / (SINGLE if self.batch == 1 else 1.0)


AfterTurn = Callable[[TimedConfiguration, int, float], None]


def time_interleaved(
    configurations: Sequence[TimedConfiguration],
    pictures: Sequence[bytes],
    *,
    runs: int,
    warmup: int,
    seconds: float | None,
    passed: float = 0.0,
    after_turn: AfterTurn | None = None,
) -> None:
    """Time every configuration until it has its runs or the time is over; the configurations keep what was timed.

    Turns are short (`BURST` answers), and begin with an untimed answer, because the configuration before
    has filled the caches. Every configuration is timed at least once.

    Args:
        configurations: fresh ones.
        pictures: files as bytes, taken in turn; at least one.
        runs: timed calls of a configuration, at most.
        warmup: untimed calls of a configuration before that, at most.
        seconds: for all; None takes as long as the runs take.
        passed: of these, seconds that were used up before, where the configurations have been timed in part.
        after_turn: called with the configuration, its calls and the seconds that have passed.
    """
    queues: dict[int, Iterator[bytes]] = {
        id(configuration): itertools.cycle(pictures) for configuration in configurations
    }
    plan = TimingPlan(runs, warmup, math.inf if seconds is None else seconds, passed, after_turn)
    with _threads_restored():
        for _ in track(_percent(configurations, queues, plan), "benchmark", total=100, unit="%"):
            pass


@dataclass(frozen=True)
class TimingPlan:
    """How long to go on; see `time_interleaved`."""

    runs: int
    warmup: int
    seconds: float
    passed: float = 0.0
    after_turn: AfterTurn | None = None


def _percent(
    configurations: Sequence[TimedConfiguration], queues: dict[int, Iterator[bytes]], plan: TimingPlan
) -> Iterator[None]:
    """Do the turns, and yield for each hundredth of the way."""
    started, reported = time.monotonic() - plan.passed, 0
    fresh = set(queues)  # networks of this process that have not been warmed up, whatever was timed before
    while waiting := [configuration for configuration in configurations if len(configuration.steps) < plan.runs]:
        passed = time.monotonic() - started
        if passed >= plan.seconds:
            waiting = [configuration for configuration in waiting if not configuration.steps]
        if not waiting:
            break
        configuration = min(waiting, key=lambda candidate: candidate.due)
        use_threads(configuration.threads)
        if id(configuration) in fresh:
            fresh.discard(id(configuration))
            configuration.warmed = 0
            _warm(configuration, queues[id(configuration)], plan.warmup, plan.seconds * WARMING / len(configurations))
        before = len(configuration.steps)
        _turn(configuration, queues[id(configuration)], plan.runs)
        if plan.after_turn is not None:
            plan.after_turn(configuration, len(configuration.steps) - before, time.monotonic() - started)
        done = sum(len(measured.steps) for measured in configurations) / (plan.runs * len(configurations))
        # What was never timed is timed even when the time is over, so the time alone does not say how far it is.
        timed_once = sum(bool(measured.steps) for measured in configurations) / len(configurations)
        passed = time.monotonic() - started
        while reported < min(99, int(100 * max(done, min(passed / plan.seconds, timed_once)))):
            reported += 1
            yield
    for _ in range(reported, 100):
        yield


def _warm(configuration: TimedConfiguration, queue: Iterator[bytes], warmup: int, seconds: float) -> None:
    started = time.monotonic()
    for call in range(warmup):
        if call and time.monotonic() - started > seconds:
            break
        timed(configuration.benchmarked, list(itertools.islice(queue, configuration.batch)))
        configuration.warmed += 1


def _turn(configuration: TimedConfiguration, queue: Iterator[bytes], runs: int) -> None:
    started = time.perf_counter()
    answers(configuration.benchmarked, [next(queue)])
    for _ in range(min(BURST, runs - len(configuration.steps))):
        configuration.steps.append(timed(configuration.benchmarked, list(itertools.islice(queue, configuration.batch))))
        configuration.timed_ms = configuration.timed_ms + sum(configuration.steps[-1])
        if (time.perf_counter() - started) * 1000 > BURST_MS:
            break


def timed(benchmarked: BenchmarkedFormat, pictures: Sequence[bytes]) -> tuple[float, float, float, float]:
    """Milliseconds of the four `STEPS` of one call."""
    clock = time.perf_counter
    start = clock()
    images = [decoded(picture, "a picture", benchmarked.samples) for picture in pictures]
    seen = clock()
    prepared = benchmarked.prepare(images)
    ready = clock()
    output = benchmarked.run(prepared)
    ran = clock()
    benchmarked.to_answers(images, output)
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
