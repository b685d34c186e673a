"""RunningTrial: what a training sees of its trial."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from assay.sweep.dimension import Value

if TYPE_CHECKING:
    import optuna

RUN = "run_id"


class RunningTrial:
    """A trial of this process; see `assay.models.pruning.Trial`.

    Args:
        trial: Optuna's.
        metric: what is reported to the pruner; None never stops a trial.

    Attributes:
        point: value of each dimension that was drawn.
        also: overrides that the conditional part of the space adds to this trial.
    """

    def __init__(self, trial: optuna.trial.Trial, metric: str | None) -> None:
        self.optuna = trial
        self.point: dict[str, Value] = dict(trial.params)
        self.also: tuple[str, ...] = ()
        self._metric = metric

    @property
    def number(self) -> int:
        """Of the trial in its study; never given twice."""
        return self.optuna.number

    def started(self, run_id: str) -> None:
        """Note the MLflow run of the trial."""
        self.optuna.set_user_attr(RUN, run_id)

    def report(self, metrics: Mapping[str, float], epoch: int) -> str | None:
        """Pass the metric on to the pruner; gives why the trial should stop, None to go on."""
        if self._metric is None or self._metric not in metrics:
            return None
        value = metrics[self._metric]
        self.optuna.report(value, epoch)
        if not self.optuna.should_prune():
            return None
        pruner = type(self.optuna.study.pruner).__name__
        return f"trial {self.number} after epoch {epoch}: {self._metric} {value:.4g} is behind other trials ({pruner})"
