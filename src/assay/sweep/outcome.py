"""What figures and page see of a study: how each trial ended, and what was varied; free of Optuna."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import median
from typing import TYPE_CHECKING, Any

from assay.sweep.abandoned_trials import ALSO, ERROR
from assay.sweep.trial import RUN

if TYPE_CHECKING:
    from optuna.distributions import BaseDistribution
    from optuna.trial import FrozenTrial

STATES = {"COMPLETE": "complete", "PRUNED": "pruned", "FAIL": "failed", "RUNNING": "running"}
FAR, MANY = 4.0, 8
FEW = 8
"""Numbers that can take at most so many values are drawn as words, with a place for each."""


@dataclass(frozen=True)
class Variable:
    """One dimension that was searched.

    Attributes:
        name: key of the override, e.g. `optimizer.lr`.
        low, high: its ends; 0 and 1 where there are options.
        log: whether orders of magnitude were equally likely.
        options: its values as words, where there are few; empty for a scale of numbers.
    """

    name: str
    low: float = 0.0
    high: float = 1.0
    log: bool = False
    options: tuple[str, ...] = ()


@dataclass(frozen=True)
class TrialOutcome:
    """How one trial went.

    Attributes:
        number: of the trial.
        state: complete, pruned, failed or running.
        values: one for each metric; empty unless it is complete.
        last: what was reported last to the pruner; None without a report.
        epochs: how many reports there were.
        point: value by name of the variable; a variable that the trial did not have is missing.
        seconds: how long it took; None while it runs.
        run_id: of its MLflow run; None when the job recorded none.
        error: why it failed; "" where it did not.
        also: overrides that the conditional part of the search space gave it.
    """

    number: int
    state: str
    values: tuple[float, ...]
    last: float | None
    epochs: int
    point: Mapping[str, Any]
    seconds: float | None
    run_id: str | None
    error: str
    also: tuple[str, ...] = ()


@dataclass(frozen=True)
class Outcomes:
    """All trials of a sweep, in the order of their numbers.

    Attributes:
        metrics: what was optimised.
        directions: "maximize" or "minimize" for each metric.
        variables: what was varied.
        trials: how each went.
        best: numbers of the best trial, or of the Pareto front; empty when none is complete.
    """

    metrics: tuple[str, ...]
    directions: tuple[str, ...]
    variables: tuple[Variable, ...]
    trials: tuple[TrialOutcome, ...]
    best: tuple[int, ...]

    def of(self, *states: str) -> list[TrialOutcome]:
        """The trials that ended in one of these ways."""
        return [trial for trial in self.trials if trial.state in states]

    def ranked(self, metric: int = 0) -> list[TrialOutcome]:
        """The complete trials, the best in this metric first; of equal ones the earlier."""
        turn = -1.0 if self.directions[metric] == "maximize" else 1.0
        return sorted(self.of("complete"), key=lambda trial: (turn * trial.values[metric], trial.number))

    def conditional(self) -> dict[str, int]:
        """In how many complete trials each variable was that not all of them had."""
        complete = self.of("complete")
        had = {item.name: sum(item.name in trial.point for trial in complete) for item in self.variables}
        return {name: count for name, count in had.items() if count < len(complete)}


def read_outcomes(
    trials: Sequence[FrozenTrial], metrics: Sequence[str], directions: Sequence[str], best: Sequence[int]
) -> Outcomes:
    """Read Optuna's trials.

    Args:
        trials: those that count.
        metrics: names of the values, in their order.
        directions: "maximize" or "minimize" for each.
        best: numbers of the best trials.
    """
    distributions: dict[str, list[BaseDistribution]] = {}
    for trial in trials:
        for name, distribution in trial.distributions.items():
            known = distributions.setdefault(name, [])
            if distribution not in known:
                known.append(distribution)
    return Outcomes(
        tuple(metrics),
        tuple(directions),
        tuple(_variable(name, variants) for name, variants in distributions.items()),
        tuple(_outcome(trial) for trial in trials),
        tuple(best),
    )


def as_outcomes(values: Sequence[Sequence[float]], metrics: Sequence[str], directions: Sequence[str]) -> Outcomes:
    """Anything with a value for each metric, e.g. runs, as complete trials numbered from 0, with their Pareto front.

    Args:
        values: a row for each.
        metrics: names of the columns.
        directions: "maximize" or "minimize" for each.
    """
    turns = [1.0 if direction == "maximize" else -1.0 for direction in directions]
    rows = [[turn * value for turn, value in zip(turns, row, strict=True)] for row in values]

    def beats(other: Sequence[float], row: Sequence[float]) -> bool:
        return other != row and all(theirs >= ours for theirs, ours in zip(other, row, strict=True))

    best = [number for number, row in enumerate(rows) if not any(beats(other, row) for other in rows)]
    trials = [
        TrialOutcome(number, "complete", tuple(map(float, row)), None, 0, {}, None, None, "")
        for number, row in enumerate(values)
    ]
    return Outcomes(tuple(metrics), tuple(directions), (), tuple(trials), tuple(best))


def worst_worth_room(values: Sequence[float], direction: str) -> float:
    """Where a scale for these values ends to the bad side; a value beyond it is taken to be there.

    One trial that diverged would press all others together: a value is far off when it is further from the median, to
    the bad side, than `FAR` times the best is. With fewer than `MANY` values nothing is called far off.

    Args:
        values: at least one.
        direction: "maximize" or "minimize".
    """
    if len(values) < MANY:
        return min(values) if direction == "maximize" else max(values)
    middle = median(values)
    if direction == "maximize":
        reach = FAR * (max(values) - middle)
        return max(min(values), middle - reach) if reach > 0 else min(values)
    reach = FAR * (middle - min(values))
    return min(max(values), middle + reach) if reach > 0 else max(values)


def _outcome(trial: FrozenTrial) -> TrialOutcome:
    state = STATES.get(trial.state.name, "running")
    reported = trial.intermediate_values
    last = reported[max(reported)] if reported else None
    return TrialOutcome(
        number=trial.number,
        state=state,
        values=tuple(trial.values) if state == "complete" and trial.values else (),
        last=last if last is not None and math.isfinite(last) else None,
        epochs=len(reported),
        point=dict(trial.params),
        seconds=None if trial.duration is None else trial.duration.total_seconds(),
        run_id=trial.user_attrs.get(RUN),
        error=str(trial.user_attrs.get(ERROR, "unknown")) if state == "failed" else "",
        also=tuple(trial.user_attrs.get(ALSO, ())),
    )


def _variable(name: str, distributions: Sequence[Any]) -> Variable:
    """The variable of all its distributions; a search space that is a program may widen one on the way."""
    if any(hasattr(each, "choices") for each in distributions):
        words = dict.fromkeys(word(value) for each in distributions for value in each.choices)
        return Variable(name, options=tuple(words))
    low = float(min(each.low for each in distributions))
    high = float(max(each.high for each in distributions))
    log, steps = any(each.log for each in distributions), {each.step for each in distributions}
    step = steps.pop() if len(steps) == 1 else None
    if step and not log and (count := round((high - low) / step) + 1) <= FEW:
        return Variable(name, low, high, options=tuple(word(low + index * step) for index in range(count)))
    return Variable(name, low, high, log)


def measured(value: float) -> str:
    """A value of a metric as people read it: `0.8123`, `8.461`, `3.1e-05`."""
    return f"{value:.4f}" if value == 0 or 0.001 <= abs(value) <= 1 else f"{value:.4g}"


def word(value: object) -> str:
    """A value of a variable as people read it: `0.003162`, `96`, `focal`."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return str(value)
    return f"{value:.4g}" if abs(value) < 1e6 and not float(value).is_integer() else f"{value:g}"
