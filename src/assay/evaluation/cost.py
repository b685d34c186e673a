"""Cost: what it takes to answer; parameters, size on disk and latency as served."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from assay.measurement import Measurement, with_intervals

# Below these counts the sample's largest value lies under the percentile with more than 2.5 % probability:
# q**n <= 0.025 gives 72 runs for q = 0.95 and 368 for q = 0.99.
RUNS_FOR_P95 = 72
RUNS_FOR_P99 = 368
BUSY = 1.25
"""Load of each core above which others must have been at work: a training of ours keeps every core busy, no more."""
EXACT = "exact"
"""The method of a number that is counted."""


@dataclass(frozen=True)
class Cost:
    """What one answer costs.

    Attributes:
        parameters: number of weights.
        size_mb: size on disk in MB (10^6 bytes).
        latency_p50_ms: median milliseconds per image at batch 1, as served.
        latency_p95_ms: None when there were fewer than 72 timed runs.
        latency_p99_ms: None when there were fewer than 368 timed runs.
        latency_n: timed runs, without the warm-up.
        device: what it ran on, e.g. "cpu, 2 threads, ONNX Runtime".
        latency_p95_interval: 95 % interval of the 95th percentile; None where so few runs have no upper end.
        load: processes that wanted a core, for each core, in the minute before the timing; None where nobody looked.
        latency_by: id of the run that timed the answers, where this one took its times over; "" where it timed itself.
        latency_at: when that was, in UTC, as text.
    """

    parameters: int
    size_mb: float
    latency_p50_ms: float | None = None
    latency_p95_ms: float | None = None
    latency_p99_ms: float | None = None
    latency_n: int = 0
    device: str = ""
    latency_p95_interval: tuple[float, float] | None = None
    load: float | None = None
    latency_by: str = ""
    latency_at: str = ""

    @classmethod
    def from_times(
        cls,
        parameters: int,
        size_mb: float,
        times_ms: Sequence[float],
        *,
        device: str = "",
        load: float | None = None,
    ) -> Cost:
        """The percentiles that this many runs can establish.

        Args:
            parameters: number of weights.
            size_mb: size on disk in MB.
            times_ms: milliseconds of each timed run after the warm-up.
            device: what it ran on.
            load: of each core in the minute before.
        """
        times = np.asarray(times_ms, dtype=np.float64)

        def percentile(q: float, runs: int) -> float | None:
            return float(np.percentile(times, q)) if len(times) >= runs else None

        return cls(
            parameters=parameters,
            size_mb=size_mb,
            latency_p50_ms=percentile(50, 1),
            latency_p95_ms=percentile(95, RUNS_FOR_P95),
            latency_p99_ms=percentile(99, RUNS_FOR_P99),
            latency_n=len(times),
            device=device,
            latency_p95_interval=quantile_interval(times, 0.95),
            load=load if len(times) else None,
        )

    @property
    def busy(self) -> str:
        """What has to be said of latencies that were measured while others were at work; "" where none were."""
        if self.load is None or self.load <= BUSY:
            return ""
        return (
            f"timed on a busy machine ({self.load:.1f} processes wanted each core in the minute before): "
            "measure again on one at rest"
        )

    @property
    def taken_over(self) -> str:
        """What has to be said of times that an earlier run took; "" where there are none, or this run took them."""
        if not self.latency_by:
            return ""
        return (
            f"run {self.latency_by[:8]} timed these answers on {self.latency_at}, of the same model on this machine at "
            "rest; assay bench times anew"
        )

    def measured(self) -> dict[str, Measurement | float]:
        """The numbers by their logged names, e.g. `cost/size_mb`; what was not measured is left out."""
        named: dict[str, Measurement | float] = {"cost/parameters": float(self.parameters)}
        named["cost/size_mb"] = Measurement(self.size_mb, self.size_mb, self.size_mb, 1, EXACT)
        for share in ("p50", "p95", "p99"):
            value = getattr(self, f"latency_{share}_ms")
            low, high = (self.latency_p95_interval if share == "p95" else None) or (None, None)
            if value is not None:
                how = "no interval" if low is None else "order statistics"
                named[f"cost/latency_{share}_ms"] = Measurement(value, low, high, self.latency_n, how)
        return named

    def flat(self) -> dict[str, float]:
        """Those numbers without their intervals."""
        return {name: measured.value or 0.0 for name, measured in with_intervals(self.measured(), 1).items()}


def quantile_interval(times: NDArray[np.float64], share: float) -> tuple[float, float] | None:
    """The 95 % interval of a percentile of independent times, between two of them; None where there are too few.

    Args:
        times: [N].
        share: of the percentile, in (0, 1).

    Source: order statistics, e.g. Hahn and Meeker (1991), "Statistical Intervals", section 5.2.
    """
    from scipy.special import bdtr  # scipy.stats has the same, and takes a second to import

    ordered = np.sort(times)
    below = bdtr(np.arange(len(ordered) + 1), len(ordered), share)  # the chance of at most so many
    low, high = int(np.searchsorted(below, 0.025)), int(np.searchsorted(below, 0.975)) + 1
    if low < 1 or high > len(ordered):
        return None
    return float(ordered[low - 1]), float(ordered[high - 1])
