"""CMA-ES as a sweep needs it: the same draws after a kill, and no word about dimensions that it leaves to chance."""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING, Any

from optuna.samplers import CmaEsSampler

if TYPE_CHECKING:
    from optuna.distributions import BaseDistribution
    from optuna.study import Study
    from optuna.trial import FrozenTrial


class CmaEs(CmaEsSampler):
    """Optuna's CMA-ES: numbers come from a normal distribution that it moves and stretches towards the best trials.

    Words, and what is conditional, are drawn at random. Its state lies in the study, pickled by Optuna: whoever can
    write to the study's storage can run code in a sweep that uses it.

    Args:
        n_startup_trials: at random, before.
        popsize: trials from which a step is made; None for 4 + 3 ln(number of dimensions).
        consider_pruned_trials: whether a pruned trial counts with its last value.
        use_separable_cma: whether dimensions are taken as independent, for many of them.
        with_margin: whether whole numbers and steps are kept from settling on one value.
        lr_adapt: whether steps adapt to noise.
        seed: of this trial's draws.

    Source: Hansen (2016), arXiv:1604.00772; the margin: Hamano et al. (2022); adapted steps: Nomura et al. (2023).
    """

    one_metric = True

    def __init__(
        self,
        *,
        n_startup_trials: int = 1,
        popsize: int | None = None,
        consider_pruned_trials: bool = False,
        use_separable_cma: bool = False,
        with_margin: bool = False,
        lr_adapt: bool = False,
        seed: int | None = None,
    ) -> None:
        super().__init__(
            n_startup_trials=n_startup_trials,
            popsize=popsize,
            consider_pruned_trials=consider_pruned_trials,
            use_separable_cma=use_separable_cma,
            with_margin=with_margin,
            lr_adapt=lr_adapt,
            seed=seed,
            warn_independent_sampling=False,
        )

    def sample_relative(
        self, study: Study, trial: FrozenTrial, search_space: dict[str, BaseDistribution]
    ) -> dict[str, Any]:
        """Draw the numbers of a trial. Optuna adds the trial's number to the seed, and a kill shifts the numbers."""
        unnumbered = copy.copy(trial)
        unnumbered.number = 0
        return super().sample_relative(study, unnumbered, search_space)
