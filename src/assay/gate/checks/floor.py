"""Floor: a metric is at least so high."""

from __future__ import annotations

from dataclasses import dataclass

from assay.gate.threshold_check import ThresholdCheck
from assay.studies.decision.criterion import Criterion


@dataclass(frozen=True)
class Floor(ThresholdCheck):
    """A lower bound on a metric of which more is better.

    Attributes:
        metric: as in the policies of `assay decide`: `macro_f1`, `f1` (every class), `balanced_accuracy`,
            `ood/auroc/far`, `ood/auroc` (every set), `robust/jpeg`, …
        at_least: the bound; a value on it passes.
        sure: whether the whole interval has to keep it, not the value alone.

    Raises:
        ConfigError: less of the metric is better.
    """

    metric: str
    at_least: float
    sure: bool = True

    @property
    def criterion(self) -> Criterion:
        """The bound."""
        return Criterion(self.metric, at_least=float(self.at_least), sure=self.sure)
