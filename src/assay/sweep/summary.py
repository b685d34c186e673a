"""Summary: how a study went, what was best, and what pruning saved."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pandas as pd

from assay.sweep.abandoned_trials import ALSO, ATTEMPT, ERROR
from assay.sweep.study import Study
from assay.sweep.trial import RUN

if TYPE_CHECKING:
    from optuna.trial import FrozenTrial

ENDED = {"COMPLETE": "complete", "PRUNED": "pruned", "FAIL": "failed", "RUNNING": "running"}


@dataclass(frozen=True)
class Best:
    """A trial that no other beats in every metric.

    Attributes:
        number: of the trial.
        run_id: of its MLflow run; None when the job recorded none.
        overrides: what it varied, as typed on the command line.
        values: by metric.
    """

    number: int
    run_id: str | None
    overrides: tuple[str, ...]
    values: dict[str, float]


@dataclass(frozen=True)
class StudySummary:
    """How a study stands.

    Attributes:
        study: its name.
        counts: trials by how they ended: complete, pruned, failed, running.
        best: the best trial; with several metrics, the Pareto front.
        seconds_saved: how much longer the pruned trials would have taken, if as long as the average complete one.
        table: one row per trial: number, state, values, point, run_id, seconds, attempt, error.
    """

    study: str
    counts: dict[str, int]
    best: tuple[Best, ...]
    seconds_saved: float
    table: pd.DataFrame


def summarise(study: Study) -> StudySummary:
    """Look at all trials, also those of other processes."""
    trials = study.trials()
    counts = Counter(ENDED[trial.state.name] for trial in trials)
    complete = [trial for trial in trials if trial.state.name == "COMPLETE"]
    front = study.optuna.best_trials if complete else []
    return StudySummary(
        study=study.optuna.study_name,
        counts={name: counts[name] for name in ENDED.values() if counts[name]},
        best=tuple(_best(study, trial) for trial in (front if len(study.settings.metrics) > 1 else front[:1])),
        seconds_saved=_saved(trials),
        table=pd.DataFrame([_row(study, trial) for trial in trials]),
    )


def _best(study: Study, trial: FrozenTrial) -> Best:
    words = (*(f"{key}={value}" for key, value in trial.params.items()), *trial.user_attrs.get(ALSO, ()))
    values = dict(zip(study.settings.metrics, trial.values, strict=True))
    return Best(trial.number, trial.user_attrs.get(RUN), words, values)


def _seconds(trial: FrozenTrial) -> float | None:
    return None if trial.duration is None else trial.duration.total_seconds()


def _saved(trials: list[FrozenTrial]) -> float:
    took = {state: [] for state in ("COMPLETE", "PRUNED")}  # type: dict[str, list[float]]
    for trial in trials:
        if trial.state.name in took:
            took[trial.state.name].append(_seconds(trial) or 0.0)
    if not took["COMPLETE"]:
        return 0.0
    usual = sum(took["COMPLETE"]) / len(took["COMPLETE"])
    return sum(max(0.0, usual - seconds) for seconds in took["PRUNED"])


def _row(study: Study, trial: FrozenTrial) -> dict[str, object]:
    values = trial.values if trial.state.name == "COMPLETE" else [None] * len(study.settings.metrics)
    return {
        "trial": trial.number,
        "state": ENDED[trial.state.name],
        **dict(zip(study.settings.metrics, values, strict=True)),
        **trial.params,
        **{word.partition("=")[0]: word.partition("=")[2] for word in trial.user_attrs.get(ALSO, ())},
        "epochs": len(trial.intermediate_values),
        "seconds": _seconds(trial),
        "attempt": trial.user_attrs.get(ATTEMPT, 1),
        "run_id": trial.user_attrs.get(RUN),
        "error": trial.user_attrs.get(ERROR),
    }
