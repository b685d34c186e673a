"""What becomes of a trial that nobody works on any more: it is closed, and its point is queued again."""

from __future__ import annotations

from collections.abc import Set
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import optuna
    from optuna.trial import FrozenTrial

PROCESS, ERROR, INTERRUPTED, RETRY_OF, ATTEMPT = "process", "error", "interrupted", "retry_of", "attempt"
ALSO = "also"
OF_THE_SAMPLER = ("cma:", "sepcma:", "cmawm:", "x_for_tell", "NSGAIISampler:")
"""What CMA-ES and NSGA-II note of a trial that they drew; a trial without a generation does not count for them."""


def take_back(study: optuna.Study, number: int, needed: Set[str], retries: int, *, conditional: bool) -> None:
    """Close a trial, and queue its point again, once, and not for ever.

    A trial that was still being drawn is not queued: at its place, with the same seed, it is drawn anew.

    Args:
        study: Optuna's.
        number: of the trial.
        needed: keys that every trial draws.
        retries: how often a trial is tried again.
        conditional: whether trials draw more than that.
    """
    from optuna.trial import TrialState, create_trial

    trials = study.get_trials(deepcopy=False)
    trial = trials[number]
    attempt = int(trial.user_attrs.get(ATTEMPT, 1))
    if attempt > retries:
        _note(study, trial, ERROR, f"its process was killed in each of {attempt} attempts")
    else:
        queued = any(other.user_attrs.get(RETRY_OF) == number for other in trials)
        drawn = set(trial.params) >= needed and (ALSO in trial.user_attrs or not conditional)
        if drawn and not queued:
            kept = {key: value for key, value in trial.system_attrs.items() if key.startswith(OF_THE_SAMPLER)}
            again = create_trial(
                state=TrialState.WAITING,
                system_attrs={"fixed_params": trial.params, **kept},
                user_attrs={RETRY_OF: number, ATTEMPT: attempt + 1},
            )
            study.add_trial(again)
        _note(study, trial, INTERRUPTED, True)
    study.tell(number, state=TrialState.FAIL)


def _note(study: optuna.Study, trial: FrozenTrial, key: str, value: Any) -> None:
    study._storage.set_trial_user_attr(trial._trial_id, key, value)
