"""Predictors of a version before the rebuild answer as they did; the names in its configs mean what they meant.

`make_predictors.py` says how they were made: every head, calibrator, reject rule and detector is in one of them.
"""

from __future__ import annotations

import json
import tarfile
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from assay.config.compose import compose
from assay.config.targets import present_name
from assay.predictor import Predictor
from assay.run.config_digest import config_digest

ARCHIVE = Path(__file__).with_name("predictors.tar.xz")
NAMES = (
    "cosine-isotonic-risk-gen",
    "cosine-temperature-coverage-mahalanobis",
    "cosine-temperature-none-mahalanobis_raw",
    "linear-matrix-coverage-knn",
    "linear-none-none-none",
    "linear-none-risk-isolation_forest",
    "novelty-auto-none-energy",
    "novelty-false_alarms-coverage-msp",
    "novelty-temperature_smoothed-risk-vim",
    "novelty-vector-none-relative_mahalanobis",
)


@pytest.fixture(scope="module")
def saved(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("predictors")
    with tarfile.open(ARCHIVE) as packed:
        packed.extractall(root, filter="data")
    return root


@pytest.fixture(scope="module")
def names(saved: Path) -> dict[str, Any]:
    return json.loads((saved / "names.json").read_text(encoding="utf-8"))


@pytest.mark.slow
@pytest.mark.parametrize("name", NAMES)
def test_a_saved_predictor_answers_as_it_did(name: str, saved: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    cache = tmp_path_factory.getbasetemp() / "predictors-of-before"
    before = json.loads((saved / name / "answers.json").read_text(encoding="utf-8"))
    now = Predictor.load(saved / name, cache_dir=cache).answers(list(np.load(saved / "asked.npy")))
    for answer, expected in zip(now, before, strict=True):
        np.testing.assert_allclose(answer.probabilities, expected["probabilities"], atol=1e-5)
        assert answer.confidence == pytest.approx(expected["confidence"], abs=1e-5)
        for part in ("label", "rejected", "domain", "reason"):
            assert getattr(answer, part) == expected[part]


def test_what_is_compared_is_not_all_the_same(saved: Path) -> None:
    assert {path.name for path in saved.iterdir() if path.is_dir()} == set(NAMES)
    every = [
        answer for name in NAMES for answer in json.loads((saved / name / "answers.json").read_text(encoding="utf-8"))
    ]
    assert {answer["domain"] for answer in every} == {"in-domain", "unsure", "out"}
    assert {answer["rejected"] for answer in every} == {True, False}
    assert len({answer["label"] for answer in every}) == 3


def test_every_class_that_a_config_of_before_names_is_still_meant(names: dict[str, Any]) -> None:
    for target in names["targets"]:
        module, name = present_name(target).rsplit(".", 1)
        try:
            meant = getattr(import_module(module), name)
        except ModuleNotFoundError as error:
            if str(error.name).startswith("assay"):
                raise
            continue  # a package of an extra that is not installed
        assert callable(meant), target


ANOTHER_RECIPE = ("experiment=exposr",)
"""Recipes that were made others on purpose: what is trained by them today is another run."""


@pytest.mark.slow
def test_every_option_makes_the_config_that_it_made(names: dict[str, Any]) -> None:
    """Otherwise a study would train again what it has trained, and a run of before could not be found by its config."""
    same = [made for made in names["configs"] if made["words"][0] not in ANOTHER_RECIPE]
    changed = [made["words"] for made in same if config_digest(compose(made["words"])) != made["digest"]]
    assert changed == []
    assert len({made["digest"] for made in names["configs"]}) > 20
