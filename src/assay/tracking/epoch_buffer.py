"""EpochBuffer: metrics of epochs that last milliseconds, recorded together."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from assay.tracking.run import TrackedRun


class EpochBuffer:
    """Collects the metrics of a stage's epochs and records them in one request.

    Args:
        run: where the metrics go.
        first_epoch: the step of epoch 0; in a run of several stages, the epochs of those before.
    """

    def __init__(self, run: TrackedRun, *, first_epoch: int = 0) -> None:
        self._run = run
        self._first_epoch = first_epoch
        self._waiting: dict[int, dict[str, float]] = {}

    def add(self, epoch: int, metrics: Mapping[str, float]) -> None:
        """Take metrics of an epoch of this stage."""
        self._waiting.setdefault(self._first_epoch + epoch, {}).update(metrics)

    def flush(self) -> None:
        """Record what waits."""
        waiting, self._waiting = self._waiting, {}
        if waiting:
            self._run.log_epochs(waiting)
