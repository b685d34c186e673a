"""What a retraining refuses before it costs anything: a gate that asks nothing, and another test set."""

from __future__ import annotations

from dataclasses import replace

import pytest
from tests.data.test_manifest import manifest

from assay.errors import ConfigError, DataError
from assay.retraining.step_settings import StepSettings
from assay.retraining.steps.gate import gate_of
from assay.retraining.steps.manifest import ensure_frozen


def test_a_gate_without_checks_of_its_own_refuses_and_one_that_has_some_judges(tmp_path):
    empty = tmp_path / "empty.yaml"
    empty.write_text("# Nothing.\ndefaults:\n  - _integrity\n  - _self_\n")
    with pytest.raises(ConfigError, match="asks nothing of the candidate but what every gate asks"):
        gate_of(StepSettings(gate=str(empty)))
    assert {"accurate", "better", "sealed"} <= set(gate_of(StepSettings(gate="exposr")).checks)
    with pytest.raises(ConfigError, match="asks nothing of the candidate"):
        gate_of(StepSettings(gate="exposr", gate_words=("checks.accurate=null", "checks.better=null")))


def test_less_integrity_takes_a_person_and_a_reason():
    words = {"gate": "exposr", "gate_words": ("checks.commit=null",)}
    with pytest.raises(ConfigError, match="commit"):
        gate_of(StepSettings(**words))
    with pytest.raises(ConfigError, match="both, a person and a reason"):
        gate_of(StepSettings(**words, loosened_by="Ada"))
    made = gate_of(StepSettings(**words, loosened_by="Ada", loosened_reason="a trial"))
    assert made.loosened_by.by == "Ada"


def test_a_manifest_with_another_test_set_or_with_something_of_it_in_train_is_refused():
    former = manifest((0, 1, 1, 0, 0, 1, 1, 0))
    table = former.table
    more = replace(former, table=table.assign(label=table["label"].where(table["split"] != "train", 1)))
    ensure_frozen(more, former)  # train may be another
    for changed in (
        table[(table["split"] != "test") | (table.index != table.index[table["split"] == "test"][0])],
        table.assign(label=table["label"].where(table["split"] != "test", 0)),
    ):
        with pytest.raises(DataError, match="the test set is not the champion's any more"):
            ensure_frozen(replace(former, table=changed), former)
    test = table.index[table["split"] == "test"][0]
    train = table.index[table["split"] == "train"][0]
    for column in ("id", "group"):
        leaked = table.copy()
        leaked.loc[train, column] = table.loc[test, column]
        with pytest.raises(DataError, match=f"1 of the {column}s in train are in test too"):
            ensure_frozen(replace(former, table=leaked), former)
