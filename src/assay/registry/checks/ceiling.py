"""Ceiling: a metric is at most so high."""

from __future__ import annotations

from dataclasses import dataclass

from assay.registry.bounded import asked_of, judged, refuse_wrong_side
from assay.registry.case import Case
from assay.registry.check import Check, Found
from assay.studies.decision.criterion import Criterion


@dataclass(frozen=True)
class Ceiling(Check):
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

    def __post_init__(self) -> None:
        refuse_wrong_side(self._criterion)

    @property
    def asked(self) -> str:
        """What is asked for."""
        return asked_of(self._criterion)

    def look(self, case: Case) -> Found:
        """Hold the metric against the bound."""
        return judged(case, self._criterion)

    @property
    def _criterion(self) -> Criterion:
        return Criterion(self.metric, at_most=float(self.at_most), sure=self.sure)
