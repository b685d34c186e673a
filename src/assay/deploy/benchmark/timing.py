"""Timing: what the timed calls of one configuration establish, each number with its interval."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from assay.deploy.benchmark.interleaved import STEPS, TimedConfiguration
from assay.evaluation.cost import RUNS_FOR_P95, RUNS_FOR_P99, quantile_interval
from assay.measurement import Measurement

METHOD = "order statistics, 95 %, runs taken as independent"
NEEDED = {"p50": 1, "p95": RUNS_FOR_P95, "p99": RUNS_FOR_P99}
"""Timed calls below which a percentile is left out; see `assay.evaluation.cost`."""


@dataclass(frozen=True)
class Timing:
    """One format with one batch size and one number of threads.

    Attributes:
        format: its name.
        device: "cpu", or the name of a GPU.
        batch: pictures per call.
        threads: that everything on the CPU might use.
        runs: timed calls.
        warmup: untimed calls before that.
        latency: p50, p95, p99 of a call from bytes to answers, milliseconds; those that so few runs can tell.
        network: the same of the network alone.
        steps: decode, preprocess, network, rest: median milliseconds of each.
        throughput: pictures per second: batch size over the median latency.
        left_out: percentiles that are missing.
    """

    format: str
    device: str
    batch: int
    threads: int
    runs: int
    warmup: int
    latency: dict[str, Measurement]
    network: dict[str, Measurement]
    steps: dict[str, float]
    throughput: Measurement
    left_out: tuple[str, ...] = field(default=())

    @property
    def share_of_steps(self) -> dict[str, float]:
        """Each step's share of the sum of the medians."""
        whole = sum(self.steps.values()) or 1.0
        return {name: value / whole for name, value in self.steps.items()}

    @classmethod
    def of(cls, configuration: TimedConfiguration) -> Timing:
        """What a configuration has timed; it has at least one run."""
        steps = np.asarray(configuration.steps, dtype=np.float64)
        latency = percentiles(steps.sum(axis=1))
        middle = latency["p50"]
        return cls(
            format=configuration.benchmarked.format,
            device=configuration.benchmarked.device,
            batch=configuration.batch,
            threads=configuration.threads,
            runs=len(steps),
            warmup=configuration.warmed,
            latency=latency,
            network=percentiles(steps[:, STEPS.index("network")]),
            steps=dict(zip(STEPS, np.median(steps, axis=0).tolist(), strict=True)),
            throughput=Measurement(
                _rate(configuration.batch, middle.value) or 0.0,
                _rate(configuration.batch, middle.high),
                _rate(configuration.batch, middle.low),
                len(steps),
                METHOD,
            ),
            left_out=tuple(name for name in NEEDED if name not in latency),
        )


def percentiles(times: NDArray[np.float64]) -> dict[str, Measurement]:
    """Those of p50, p95, p99 that so many times can tell.

    Args:
        times: [N], milliseconds.
    """
    measured = {}
    for name, needed in NEEDED.items():
        if len(times) < needed:
            continue
        share = int(name[1:]) / 100
        low, high = quantile_interval(times, share) or (None, None)
        measured[name] = Measurement(float(np.percentile(times, share * 100)), low, high, len(times), METHOD)
    return measured


def _rate(batch: int, milliseconds: float | None) -> float | None:
    return None if not milliseconds else batch * 1000.0 / milliseconds
