"""BestEpoch: which epoch was best on val so far, and whether patience has run out."""

from __future__ import annotations

import math
from collections.abc import Mapping


class BestEpoch:
    """Follows one metric epoch by epoch, as Lightning's checkpoint and early stopping do.

    Args:
        metric: by its logged name.
        mode: "min" or "max".
        patience: epochs without an improvement after which training stops; None never stops.
        first: the first epoch that counts; those before are the way to it, not a result.
    """

    def __init__(self, metric: str, mode: str, patience: int | None, first: int) -> None:
        self._metric, self._sign = metric, -1 if mode == "min" else 1
        self._patience, self._first = patience, first
        self._best: float | None = None
        self._record = -math.inf
        self._waited = 0
        self.stop = False

    def better(self, row: Mapping[str, float]) -> bool:
        """Take the metrics of the next epoch, and say whether it is the best so far."""
        if row["epoch"] < self._first:
            return False
        value = self._sign * row[self._metric]
        self._wait(value)
        score = -math.inf if math.isnan(value) else value
        if self._best is not None and not value > self._best:
            return False
        self._best = score
        return True

    def _wait(self, value: float) -> None:
        if self._patience is None:
            return
        if not math.isfinite(value):
            self.stop = True
        elif value > self._record:
            self._record, self._waited = value, 0
        else:
            self._waited += 1
            self.stop = self.stop or self._waited >= self._patience
