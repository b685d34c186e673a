"""Recipes are read like config: unknown names and wrong values are refused with the nearest right one."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from assay.config.compose import compose, groups
from assay.config.help import described
from assay.config.recipe import read_recipe, recipes
from assay.errors import ConfigError
from assay.studies.study.plan import TARGET, read_plan


@pytest.mark.parametrize("name", recipes("study"))
def test_every_study_that_comes_with_assay_is_a_plan_and_is_described(name: str) -> None:
    plan = read_plan(name, [], [])
    assert plan.variants[0].name == plan.settings.baseline
    assert plan.settings.question.endswith("?")
    assert described("study", name).endswith(".")


def test_recipes_are_no_groups_of_a_training() -> None:
    assert {"study", "policy", "gate", "retrain"}.isdisjoint(groups())


def test_a_key_that_the_file_leaves_out_can_be_set_and_one_that_it_has_replaced() -> None:
    values = read_recipe("study", "cross_validation", ["folds=3", "resamples=500"], TARGET)
    assert (values["folds"], values["resamples"]) == (3, 500)


def test_a_recipe_is_read_after_a_training_was_composed_too() -> None:
    compose()
    assert read_recipe("study", "cross_validation", ["folds=3"], TARGET)["folds"] == 3


def test_a_file_of_ones_own_is_read(tmp_path: Path) -> None:
    own = tmp_path / "mine.yaml"
    own.write_text("question: Why?\nbaseline: a\nvariants: {a: [], b: [seed=3]}\n")
    assert [one.name for one in read_plan(str(own), [], []).variants] == ["a", "b"]
    assert read_plan(str(own), [], []).name == "mine"


@pytest.mark.parametrize(
    ("name", "words", "said"),
    [
        ("ablation_imbalanse", [], "study=ablation_imbalanse: no such study; did you mean ablation_imbalance?"),
        ("nowhere.yaml", [], "there is no such file"),
        ("cross_validation", ["sedes=[1]"], "study.sedes: no such key; did you mean seeds?"),
        ("cross_validation", ["folds=1"], "study.folds: must be at least 2, got 1"),
        ("cross_validation", ["seeds=many"], "study.seeds: must be a list"),
        ("cross_validation", ["confidence=95"], "study.confidence: must be from 0.5 to 0.999"),
    ],
)
def test_what_cannot_be_is_refused(name: str, words: list[str], said: str) -> None:
    with pytest.raises(ConfigError) as caught:
        read_recipe("study", name, words, TARGET)
    assert said in str(caught.value)


def test_a_recipe_that_lacks_what_it_needs_says_so(tmp_path: Path) -> None:
    own = tmp_path / "mine.yaml"
    own.write_text("baseline: a\nvariants: {a: []}\n")
    with pytest.raises(ConfigError, match=r"study.question is missing; give it in mine.yaml"):
        read_recipe("study", str(own), [], TARGET)


def test_a_recipe_is_read_without_a_word_from_hydra() -> None:
    command = "from assay.cli import main; main(['study', 'study=cross_validation', 'plan=true'])"
    ran = subprocess.run([sys.executable, "-c", command], capture_output=True, text=True, check=True)
    assert ran.stderr == ""
    assert "5 trainings" in ran.stdout


@pytest.mark.parametrize("name", recipes("gate"))
def test_every_gate_that_comes_with_assay_can_be_asked_and_is_described(name: str) -> None:
    from assay.gate.gate import Gate
    from assay.gate.settings import TARGET as GATE
    from assay.gate.settings import GateSettings

    gate = Gate.of(name, described("gate", name), GateSettings(**read_recipe("gate", name, [], GATE)))
    assert gate.purpose.endswith(".")
    assert {"sealed", "alone", "leak", "exports"} < set(gate.checks)


def test_what_a_file_leaves_out_of_a_check_can_be_set_and_changes_the_gate() -> None:
    from assay.gate.settings import TARGET as GATE

    plain, typed = (read_recipe("gate", "amulet", words, GATE) for words in ([], ["checks.every_class.sure=false"]))
    assert "sure" not in plain["checks"]["every_class"]
    assert typed["checks"]["every_class"]["sure"] is False
    word = "+checks.new={_target_: assay.gate.checks.floor.Floor, metric: f1}"
    with pytest.raises(ConfigError, match=r"gate.checks.new.at_least is missing"):
        read_recipe("gate", "amulet", [word], GATE)
