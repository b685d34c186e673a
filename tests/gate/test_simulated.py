"""A small version of `experiments/gate_simulations`: luck does not promote, whichever way it is handed in."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from types import ModuleType

import pytest
from scipy import stats

FILE = Path(__file__).parents[2] / "experiments" / "gate_simulations" / "run.py"


@pytest.fixture(scope="module")
def simulated() -> ModuleType:
    spec = importlib.util.spec_from_file_location("gate_simulations", FILE)
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def within(hits: int, studies: int, level: float) -> bool:
    return bool(stats.binomtest(hits, studies, level, alternative="greater").pvalue > 0.01)


def test_a_bare_comparison_promotes_equals_and_the_best_of_ten_nearly_always(simulated: ModuleType) -> None:
    single = sum(simulated.bare(number, metric="accuracy", tried=1) for number in range(60))
    best = sum(simulated.bare(number, metric="accuracy", tried=10) for number in range(60))
    assert 18 <= single <= 40
    assert best >= 48


def test_superior_promotes_equals_within_its_level(simulated: ModuleType) -> None:
    for study in (simulated.best, simulated.in_turn):
        hits = sum(study(number, metric="accuracy", tried=10) for number in range(20))
        assert within(hits, 20, simulated.ALPHA)


def test_a_large_gain_is_promoted(simulated: ModuleType) -> None:
    hits = sum(simulated.better(number, metric="accuracy", place=1, gain=0.1) for number in range(5))
    assert hits == 5
