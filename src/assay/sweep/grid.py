"""Grid: every point of the search space, in an order drawn from the seed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from optuna.samplers import GridSampler

if TYPE_CHECKING:
    from optuna.study import Study
    from optuna.trial import FrozenTrial, TrialState


class Grid(GridSampler):
    """Optuna's grid, for whoever asks for trials one by one: it does not end the loop, which is not Optuna's."""

    exhaustive = True

    def after_trial(self, study: Study, trial: FrozenTrial, state: TrialState, values: Sequence[float] | None) -> None:
        """Nothing."""
