"""A small version of `experiments/retrain_kill`: killed in the middle of a step and at its end, it ends the same."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import pytest

FILE = Path(__file__).parents[2] / "experiments" / "retrain_kill" / "run.py"


@pytest.mark.slow
def test_a_retraining_that_is_killed_while_it_trains_and_promotes_ends_in_the_same_manifest_model_and_verdict(tmp_path):
    spec = importlib.util.spec_from_file_location("retrain_kill", FILE)
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    whole, killed, kills = module.compare(tmp_path, ("train", "promote"))
    assert kills == 4
    assert killed["made"] == whole["made"]
    assert whole["made"]["champion"] == "2"
    assert whole["made"]["runs"] == 2
    assert whole["made"]["broken"] == []
    assert killed["attempts"] == {**whole["attempts"], "train": 3, "promote": 3}
