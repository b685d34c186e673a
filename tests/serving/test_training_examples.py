"""Examples of the classes at the desk are pictures that the model has learned from, as long as they are there."""

from __future__ import annotations

import pytest

from assay.config.compose import compose
from assay.registry.open_registry import store_of
from assay.run.recorded_run import RecordedRun
from assay.serving.training_examples import EACH, NOT_SHOWN, TrainingExamples


@pytest.fixture
def config(finished_run):
    return compose(list(finished_run.store))


def test_they_are_of_the_training_split_of_the_run_four_of_each_class(finished_run, config, tiny_bundle):
    chosen = TrainingExamples(config)(tiny_bundle(finished_run.run_id))
    table = RecordedRun(store_of(config).find(finished_run.run_id)).manifest.table.set_index("path")
    assert {name: len(paths) for name, paths in chosen.items()} == dict.fromkeys(("amber", "jade", "onyx"), EACH)
    for name, paths in chosen.items():
        rows = table.loc[[str(path) for path in paths]]
        assert set(rows["split"]) == {"train"}
        assert all(path.parent.name == name for path in paths)


def test_of_a_run_that_is_not_recorded_here_there_are_none(config, tiny_bundle):
    assert TrainingExamples(config)(tiny_bundle("f" * 32)) == {}


@pytest.mark.parametrize(
    ("licence", "shown"),
    [("CC-BY-4.0", True), ("", True), ("CC0", True), ("All rights reserved", False), ("© A. Person", False)],
)
def test_a_picture_whose_licence_keeps_all_rights_is_not_shown(licence, shown):
    assert (NOT_SHOWN.search(licence) is None) is shown
