"""`assay retrain`, as it is typed."""

from __future__ import annotations

import json

import numpy as np
import pytest
from tests.serving.conftest import assay as assay  # a fixture

from assay.config.recipe import recipes
from assay.retraining.recipe import read_settings
from assay.retraining.settings import RetrainSettings
from assay.store.service_store import ServiceStore
from labelled_world import LabelledWorld


@pytest.fixture
def world(tmp_path):
    with ServiceStore(f"sqlite:///{tmp_path}/service.db") as opened:
        yield LabelledWorld(opened)


@pytest.fixture
def retrain(assay, world, tmp_path):
    return lambda *words: assay("retrain", *words, f"store={tmp_path}/service.db")


def test_a_plan_counts_labels_that_training_may_have_and_shows_slots_of_its_zone(retrain, world, tmp_path):
    for seed in range(3):
        pixels = np.random.default_rng(seed).integers(0, 256, (20, 24, 3), dtype=np.uint8)
        record = world.answer(pixels)
        if seed == 1:
            world.agree()
        world.decide(world.answer(pixels + 1) if seed == 1 else record, kim="jade")
    world.decide(world.answer(np.zeros((20, 24, 3), np.uint8)), kim="onyx")
    code, out, _ = retrain("plan", "zone=Europe/Berlin", "schedule=0 2 * * 6", "slots=2", "format=json")
    planned = json.loads(out)
    assert code == 0
    assert [slot["local"][:3] + slot["local"][14:20] for slot in planned["slots"]] == ["Sat 02:00", "Sat 02:00"]
    usable = world.gather().labels
    assert 0 < len(usable) < 4
    assert planned["labels"] == len(usable)


def test_nothing_was_retrained_yet(retrain):
    assert "assay retrain plan" in retrain()[1]
    assert retrain("plan")[0] == 0


def test_a_run_that_is_not_there_is_said_and_where_they_are(retrain):
    code, _, err = retrain("status", "run=8f04aa")
    assert code == 1
    assert "there is no such retraining; assay retrain status shows them" in err


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("due", "zone=Europe/Berln"), "did you mean Europe/Berlin"),
        (("due", "schedule=@daily"), "'0 2 * * *' is daily"),
        (("due", "quiet=8-18"), "quiet=08:00-18:00"),
        (("due", "labels=0"), "a whole number of 1 or more"),
        (("due", "catch_up=newest"), "must be latest or all"),
        (("due", "triggers=[drift]"), "alert"),
        (("due", "slots=3"), "slots: goes with plan"),
        (("due", "retrain=wekly"), "did you mean weekly"),
        (("plan", "once"), "once: plan takes keys alone"),
    ],
    ids=lambda case: case[-1] if isinstance(case, tuple) else "",
)
def test_what_cannot_be_is_refused_with_what_can(retrain, words, message):
    code, _, err = retrain(*words)
    assert code == 2
    assert message in err


def test_what_varies_in_a_sweep_is_typed_into_a_file_where_a_word_would_be_cut_at_its_commas(retrain, tmp_path):
    code, _, err = retrain("plan", "sweep=[optimizer.lr=choice(0.1,0.2)]")
    assert code == 2
    assert "stands in a YAML file of your own" in err
    own = tmp_path / "own.yaml"
    own.write_text('# Mine.\nsweep: ["optimizer.lr=choice(0.1,0.2)"]\n')
    assert retrain("plan", f"retrain={own}")[0] == 0
    assert read_settings(str(own), RetrainSettings(), ()).sweep == ("optimizer.lr=choice(0.1,0.2)",)


def test_quiet_hours_as_the_refusal_writes_them_are_taken(retrain):
    assert "08:00-18:00" in retrain("plan", "quiet=day")[2]
    assert retrain("plan", "quiet=08:00-18:00")[0] == 0


@pytest.mark.parametrize("name", recipes("retrain"))
def test_every_recipe_that_comes_with_assay_can_be_read(name):
    assert read_settings(name, RetrainSettings(), ()).triggers == ("schedule", "labels", "alert")


def test_what_is_typed_comes_before_the_recipe_and_the_recipe_before_the_defaults(tmp_path):
    own = tmp_path / "own.yaml"
    own.write_text('schedule: "0 3 * * *"\nlabels: 500\n')
    settings = read_settings(str(own), RetrainSettings(labels=200), ("labels",))
    assert (settings.schedule, settings.labels, settings.zone) == ("0 3 * * *", 200, "UTC")
