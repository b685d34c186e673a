"""Ceiling: a metric is at most so high."""

from __future__ import annotations

from dataclasses import dataclass

from assay.gate.threshold_check import ThresholdCheck
from assay.studies.decision.criterion import Criterion


@dataclass(frozen=True)
class Ceiling(ThresholdCheck):
    """An upper bound on a metric of which less is better.

    Attributes:
        metric: as in the policies of `assay decide`: `ece`, `cost/latency_p95_ms`, `cost/size_mb`, …
        at_most: the bound; a value on it passes.
        sure: whether the whole interval has to keep it, not the value alone.

    Raises:
        ConfigError: more of the metric is better.
    """

    metric: str
    at_most: float
    sure: bool = True

    @property
    def criterion(self) -> Criterion:
        """The bound."""
        return Criterion(self.metric, at_most=float(self.at_most), sure=self.sure)
