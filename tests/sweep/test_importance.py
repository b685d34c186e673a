"""Importances held against functions whose variance can be worked out by hand."""

from __future__ import annotations

import math

import pytest
from optuna.distributions import CategoricalDistribution, FloatDistribution

from assay.sweep.importance import ENOUGH, importances

SPACE = {
    "lr": FloatDistribution(1e-5, 1e-1, log=True),
    "decay": FloatDistribution(0, 1),
    "idle": CategoricalDistribution(("a", "b")),
}


def of(study, *, directions=("maximize",)):  # type: ignore[no-untyped-def]
    return importances(study.trials, [f"m{place}" for place in range(len(directions))], directions)


def test_shares_are_those_of_the_variance_on_the_scales_that_were_drawn_from(studied) -> None:
    # Var(log10 lr) = 4²/12 and Var(3 decay) = 3²/12: the first has 16 of 25 parts.
    study = studied(SPACE, lambda t: math.log10(t.params["lr"]) + 3 * t.params["decay"], trials=100)
    (found,) = of(study)
    assert found.shares is not None
    assert list(found.shares) == ["lr", "decay", "idle"]
    assert found.shares["lr"] == pytest.approx(16 / 25, abs=0.08)
    assert found.shares["decay"] == pytest.approx(9 / 25, abs=0.08)
    assert found.shares["idle"] < 0.01
    assert found.together < 0.12
    assert found.fit is not None
    assert found.fit > 0.9


def test_what_acts_only_in_combination_is_no_variables_share(studied) -> None:
    space = {name: CategoricalDistribution(("a", "b")) for name in ("x", "y")}
    (found,) = of(studied(space, lambda t: float(t.params["x"] == t.params["y"]), trials=60))
    assert found.together > 0.7


def test_values_of_chance_are_said_to_be_explained_badly(studied) -> None:
    (found,) = of(studied(SPACE, lambda t: math.sin(1e6 * t.params["decay"]), trials=60))
    assert found.fit is not None
    assert found.fit < 0.3


def test_a_trial_that_diverged_does_not_decide_what_mattered(studied) -> None:
    def loss(trial):  # type: ignore[no-untyped-def]
        return 1e9 if trial.number == 17 else math.log10(trial.params["lr"]) ** 2

    (found,) = of(studied(SPACE, loss, trials=60, directions=("minimize",)), directions=("minimize",))
    assert found.shares is not None
    assert found.shares["lr"] > 0.8
    assert found.fit is not None
    assert found.fit > 0.5


def test_a_variable_that_only_some_trials_have_is_left_out_by_name(studied) -> None:
    def value(trial):  # type: ignore[no-untyped-def]
        if trial.params["idle"] == "a":
            trial.suggest_float("temperature", 1, 30)
        return trial.params["decay"]

    (found,) = of(studied(SPACE, value, trials=40))
    assert found.left_out == ("temperature",)
    assert found.shares is not None
    assert next(iter(found.shares)) == "decay"
    assert set(found.shares) == set(SPACE)


def test_trials_that_failed_or_were_pruned_do_not_count(studied) -> None:
    def value(trial):  # type: ignore[no-untyped-def]
        return ["pruned 9.0", "out of memory", trial.params["decay"]][trial.number % 3]

    (found,) = of(studied(SPACE, value, trials=45))
    assert found.trials == 15
    assert found.shares is not None
    assert next(iter(found.shares)) == "decay"


def test_each_metric_has_importances_of_its_own(studied) -> None:
    directions = ("maximize", "minimize")
    study = studied(
        SPACE,
        lambda t: [math.log10(t.params["lr"]), t.params["decay"]],
        trials=40,
        directions=directions,
    )
    first, second = of(study, directions=directions)
    assert first.shares is not None
    assert second.shares is not None
    assert (next(iter(first.shares)), next(iter(second.shares))) == ("lr", "decay")
    assert of(study, directions=directions) == [first, second], "the forest is seeded"


@pytest.mark.parametrize(
    ("value", "trials", "said"),
    [
        (lambda t: t.params["decay"], ENOUGH - 1, "7 complete trials are not enough"),
        (lambda t: "broken", 9, "no trial is complete"),
        (lambda t: 0.25, 20, "all 20 complete trials have the same m0"),
    ],
)
def test_where_nothing_can_be_said_there_is_a_reason(studied, value, trials, said) -> None:
    (found,) = of(studied(SPACE, value, trials=trials))
    assert found.shares is None
    assert said in found.reason


def test_a_variable_with_one_value_explains_nothing(studied) -> None:
    space = {"fixed": CategoricalDistribution(("only",)), "decay": FloatDistribution(0, 1)}
    (found,) = of(studied(space, lambda t: t.params["decay"], trials=20))
    assert found.shares is not None
    assert found.shares["fixed"] == 0.0
    (found,) = of(studied({"fixed": space["fixed"]}, lambda t: float(t.number), trials=20))
    assert "no variable" in found.reason
