"""Targets: what a bundle may cost, and whether each format keeps to it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from assay.deploy.benchmark.benchmarked_format import CPU
from assay.deploy.benchmark.timing import Timing

CPU_MS, GPU_MS, SIZE_MB = 2000.0, 500.0, 50.0
"""The roadmap's: p95 of one picture on a CPU, on a GPU, and the size on disk."""
MET, MISSED, OPEN = "met", "missed", "open"


@dataclass(frozen=True)
class JudgedTarget:
    """A target and one format.

    Attributes:
        format: its name.
        target: what is asked, in words.
        at_most: the bound; milliseconds or MB.
        observed: the number that was measured; None where there is none.
        high: the upper end of its interval; None without one.
        state: "met", "missed", or "open" where the interval holds the bound or nothing is known.
        why: in words.
    """

    format: str
    target: str
    at_most: float
    observed: float | None
    high: float | None
    state: str
    why: str


def judged_latency(timings: Sequence[Timing]) -> list[JudgedTarget]:
    """For each format and device the p95 of single pictures, with the number of threads that is slowest."""
    slowest: dict[tuple[str, str], JudgedTarget] = {}
    for timing in (timing for timing in timings if timing.batch == 1):
        judged = _latency(timing)
        key = timing.format, timing.device
        if key not in slowest or _worse(judged, slowest[key]):
            slowest[key] = judged
    return list(slowest.values())


def judged_size(name: str, size_mb: float) -> JudgedTarget:
    """The size of a format's files."""
    state = MET if size_mb < SIZE_MB else MISSED
    return JudgedTarget(name, "size on disk", SIZE_MB, size_mb, None, state, f"{size_mb:.1f} MB of {SIZE_MB:.0f} MB")


def _latency(timing: Timing) -> JudgedTarget:
    bound = CPU_MS if timing.device == CPU else GPU_MS
    target = f"p95 of one picture on {'a CPU' if timing.device == CPU else 'a GPU'}"
    threads = f"{timing.threads} thread{'s' if timing.threads != 1 else ''}"
    p95 = timing.latency.get("p95")
    if p95 is None or p95.value is None:
        why = f"unknown, too few runs with {threads}: {timing.runs}"
        return JudgedTarget(timing.format, target, bound, None, None, OPEN, why)
    state = OPEN
    if p95.high is not None and p95.high < bound:
        state = MET
    elif p95.low is not None and p95.low >= bound:
        state = MISSED
    why = f"{p95.value:.1f} ms of {bound:.0f} ms with {threads}"
    return JudgedTarget(timing.format, target, bound, p95.value, p95.high, state, why)


def _worse(judged: JudgedTarget, other: JudgedTarget) -> bool:
    if judged.observed is None or other.observed is None:
        return judged.observed is None
    return judged.observed > other.observed
