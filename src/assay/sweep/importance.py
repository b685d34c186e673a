"""Importance: what share of the differences between trials each variable explains by itself (fANOVA)."""

from __future__ import annotations

import math
import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from assay.sweep.outcome import worst_worth_room

if TYPE_CHECKING:
    import numpy as np
    from optuna.distributions import BaseDistribution
    from optuna.trial import FrozenTrial

ENOUGH = 8
"""Complete trials below which nothing is said about importance."""
TREES = 64


@dataclass(frozen=True)
class Importance:
    """How much each variable mattered for one metric, among the trials that were made.

    Attributes:
        metric: its name.
        shares: name -> share of the variance that it explains by itself, the largest first; None where nothing can be
            said.
        trials: how many complete trials it rests on.
        fit: R² of the forest behind it on trials that its trees had not seen; near or below 0 it explains nothing.
        left_out: variables that not every complete trial had, or not with the same bounds.
        reason: why there are no shares; "" where there are.
    """

    metric: str
    shares: Mapping[str, float] | None
    trials: int
    fit: float | None
    left_out: tuple[str, ...]
    reason: str = ""

    @property
    def together(self) -> float:
        """The share that variables explain only in combination."""
        return max(0.0, 1.0 - sum((self.shares or {}).values()))


def importances(
    trials: Sequence[FrozenTrial], metrics: Sequence[str], directions: Sequence[str], *, seed: int = 0
) -> list[Importance]:
    """FANOVA for each metric, over the complete trials.

    A variable on a logarithmic scale is taken by its logarithm: otherwise its upper decade would count nine times as
    much as the one below it. A value far worse than all others is taken to be at the edge where figures draw it
    (`worst_worth_room`): otherwise one trial that diverged would be all there is to explain.

    Args:
        trials: of any state.
        metrics: names of their values.
        directions: "maximize" or "minimize" for each.
        seed: of the forest.

    Source: Hutter, Hoos and Leyton-Brown (2014), as `optuna.importance.FanovaImportanceEvaluator` has it.
    """
    complete = [trial for trial in trials if trial.state.name == "COMPLETE"]
    names = list(dict.fromkeys(name for trial in complete for name in trial.distributions))
    shared = _shared(complete)
    left_out = tuple(name for name in names if name not in shared)
    measured = []
    for index, (metric, direction) in enumerate(zip(metrics, directions, strict=True)):
        values = [float(trial.values[index]) for trial in complete]
        if values:
            edge = worst_worth_room(values, direction)
            values = [max(value, edge) if direction == "maximize" else min(value, edge) for value in values]
        measured.append(_importance(complete, values, metric, shared, left_out, seed))
    return measured


def _importance(
    trials: Sequence[FrozenTrial],
    values: Sequence[float],
    metric: str,
    shared: Mapping[str, BaseDistribution],
    left_out: tuple[str, ...],
    seed: int,
) -> Importance:
    varied = [name for name in shared if len({str(trial.params[name]) for trial in trials}) > 1]
    reason = ""
    if len(trials) < ENOUGH:
        reason = f"{_counted(len(trials))} not enough for importances; {ENOUGH} are needed"
    elif len(set(values)) == 1:
        reason = f"all {len(trials)} complete trials have the same {metric}"
    elif not varied:
        reason = "no variable that all complete trials had took more than one value"
    if reason:
        return Importance(metric, None, len(trials), None, left_out, reason)
    study = _study(trials, values, {name: shared[name] for name in varied})
    from optuna.importance import FanovaImportanceEvaluator, get_param_importances

    evaluator = FanovaImportanceEvaluator(n_trees=TREES, seed=seed)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # `normalize` is called experimental
            shares = get_param_importances(study, evaluator=evaluator, normalize=False)
    except RuntimeError:  # no tree found a split
        reason = f"no variable tells a good {metric} from a bad one in {len(trials)} complete trials"
        return Importance(metric, None, len(trials), None, left_out, reason)
    whole = {**{name: float(share) for name, share in shares.items()}, **dict.fromkeys(set(shared) - set(varied), 0.0)}
    return Importance(metric, whole, len(trials), _fit(study, seed), left_out)


def _counted(count: int) -> str:
    return {0: "no trial is complete, which is", 1: "1 complete trial is"}.get(count, f"{count} complete trials are")


def _shared(trials: Sequence[FrozenTrial]) -> dict[str, BaseDistribution]:
    """The variables that all trials have with the same distribution."""
    if not trials:
        return {}
    first, *others = trials
    return {
        name: distribution
        for name, distribution in first.distributions.items()
        if all(other.distributions.get(name) == distribution for other in others)
    }


def _study(trials: Sequence[FrozenTrial], values: Sequence[float], shared: Mapping[str, BaseDistribution]) -> Any:
    """A study in memory with these variables alone, on the scales on which they were drawn."""
    import optuna
    from optuna.distributions import FloatDistribution

    def is_log(name: str) -> bool:
        return bool(getattr(shared[name], "log", False))

    scales: dict[str, BaseDistribution] = dict(shared)
    for name, given in shared.items():
        if is_log(name):
            scales[name] = FloatDistribution(math.log10(given.low), math.log10(given.high))  # type: ignore[attr-defined]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        study = optuna.create_study(storage=optuna.storages.InMemoryStorage())
        study.add_trials(
            optuna.trial.create_trial(
                params={
                    name: _within(math.log10(trial.params[name]), scales[name]) if is_log(name) else trial.params[name]
                    for name in shared
                },
                distributions=scales,
                value=value,
            )
            for trial, value in zip(trials, values, strict=True)
        )
    return study


def _within(value: float, scale: Any) -> float:
    return min(max(value, scale.low), scale.high)


def _fit(study: Any, seed: int) -> float | None:
    """R² out of bag of a forest like that of fANOVA."""
    import numpy as np
    from sklearn.ensemble import RandomForestRegressor

    trials = study.get_trials(deepcopy=False)
    features = np.concatenate([_columns(trials, name) for name in trials[0].distributions], axis=1)
    forest = RandomForestRegressor(TREES, max_depth=64, oob_score=True, random_state=seed)
    forest.fit(features, [trial.value for trial in trials])
    return float(forest.oob_score_) if math.isfinite(forest.oob_score_) else None


def _columns(trials: Sequence[FrozenTrial], name: str) -> np.ndarray:
    """One column for a number, one for each option otherwise; [trials, columns]."""
    import numpy as np

    values = [trial.params[name] for trial in trials]
    choices = getattr(trials[0].distributions[name], "choices", None)
    if choices is None:
        return np.array(values, dtype=float)[:, None]
    return np.array([[value == choice for choice in choices] for value in values], dtype=float)
