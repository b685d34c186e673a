from __future__ import annotations

import warnings
from collections.abc import Callable, Mapping, Sequence

import optuna
import pytest
import yaml
from optuna.distributions import (
    BaseDistribution,
    CategoricalDistribution,
    FloatDistribution,
    IntDistribution,
)
from optuna.trial import TrialState

from assay.config.compose import conf_dir
from assay.sweep.abandoned_trials import PROCESS
from assay.sweep.outcome import Outcomes, read_outcomes
from assay.sweep.settings import SweepSettings, read_settings
from assay.sweep.study import Study

RATE, LOSS = FloatDistribution(1e-5, 1e-1, log=True), CategoricalDistribution(("cross_entropy", "focal", "ldam"))
WIDE: dict[str, BaseDistribution] = {
    "optimizer.lr": RATE,
    "loss": LOSS,
    "optimizer.weight_decay": FloatDistribution(1e-6, 1e-2, log=True),
    "sampler.minority_augment": CategoricalDistribution(("none", "strong", "randaugment")),
    "data.image_size": IntDistribution(96, 224, step=32),
    "finetune.epochs": IntDistribution(5, 60),
    "head": CategoricalDistribution(("linear", "cosine")),
    "seed": IntDistribution(0, 2),
}

Told = float | Sequence[float] | str
"""What a trial comes to: its value or values, `pruned …` with its last report, or why it failed."""


@pytest.fixture
def studied() -> Callable[..., optuna.Study]:
    """A study made by asking and telling: `value` maps trial and number to what is told."""

    def make(
        space: Mapping[str, BaseDistribution],
        value: Callable[[optuna.Trial], Told],
        *,
        trials: int,
        directions: Sequence[str] = ("maximize",),
    ) -> optuna.Study:
        optuna.logging.set_verbosity(optuna.logging.WARNING)
        study = optuna.create_study(directions=list(directions), sampler=optuna.samplers.RandomSampler(seed=7))
        for _ in range(trials):
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                trial = study.ask(dict(space))
            told = value(trial)
            if not isinstance(told, str):
                study.tell(trial, told)
            elif told.startswith("pruned"):
                trial.report(float(told.split()[1]), 3)
                study.tell(trial, state=TrialState.PRUNED)
            else:
                trial.set_user_attr("error", told)
                study.tell(trial, state=TrialState.FAIL)
        return study

    return make


METRICS = ("val/macro_f1", "cost/latency_p95_ms", "cost/size_mb")


@pytest.fixture
def outcomes_of() -> Callable[[optuna.Study], Outcomes]:
    def read(study: optuna.Study) -> Outcomes:
        several = len(study.directions) > 1
        complete = any(trial.state == TrialState.COMPLETE for trial in study.trials)
        best = [trial.number for trial in study.best_trials] if complete else []
        directions = [direction.name.lower() for direction in study.directions]
        return read_outcomes(study.trials, METRICS[: len(directions)], directions, best if several else best[:1])

    return read


@pytest.fixture
def wide() -> Mapping[str, BaseDistribution]:
    """Eight dimensions as people search them."""
    return WIDE


@pytest.fixture
def configured() -> Callable[..., SweepSettings]:
    """Settings with the options of that name, and any other value."""

    def read(sampler: str = "random", **others: object) -> SweepSettings:
        files = [conf_dir() / "hydra" / "sweeper" / name for name in (f"sampler/{sampler}.yaml", "pruner/none.yaml")]
        nodes = [yaml.safe_load(file.read_text()) for file in files]
        return read_settings({"sampler": nodes[0], "pruner": nodes[1], **others})

    return read


@pytest.fixture
def killed() -> Callable[..., None]:
    """Begin a trial as a process that is gone now, in its training or while it was still drawing."""

    def die(study: Study, *, drawn: bool) -> None:
        trial = study.next_trial()
        assert trial is not None
        if drawn:
            study.draw_conditional(trial)
        trial.optuna.set_user_attr(PROCESS, {**trial.optuna.user_attrs[PROCESS], "assay.pid": "999999999"})

    return die
