"""What somebody does to the registry through MLflow, or to the history, while nobody looks."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from assay.errors import AssayError, GateError
from assay.registry.registry import Registry
from assay.registry.state import reigning_in

NAME = "cell grades"


def test_another_history_does_not_make_a_first_champion_of_the_next_candidate(two: Any, tmp_path: Path) -> None:
    other = Registry(two.store, NAME, history=str(tmp_path / "other.db"))
    assert other.state().champion is None
    with pytest.raises(GateError, match="has seen entry 4: the end was removed, or this is not the database"):
        other.promote(two.judged(2, other), two.bundles[2], seen=other.state())
    assert two.aliases == {"champion": "2", "previous": "1"}
    assert two.registry.verify() == []


def test_a_registered_model_that_was_deleted_is_in_the_way_until_somebody_accepts_it(two: Any) -> None:
    two.store.client.delete_registered_model(NAME)
    for _ in range(2):  # the first attempt makes the registered model anew
        with pytest.raises(GateError, match="version 2, promoted in entry 4, is gone from the registry"):
            two.promote(2)
    two.registry.accept(reason="deleted by mistake", author="Ada")
    assert two.registry.state().champion is None
    version = two.promote(2)
    assert two.aliases["champion"] == version
    assert two.registry.verify() == []


def test_a_champion_whose_logged_model_was_deleted_cannot_be_compared_with_or_gone_back_to(
    two: Any, tmp_path: Path
) -> None:
    from assay.deploy.mlflow.model import fetch_bundle

    state = two.registry.state()
    for entry in two.registry.entries():
        if entry.kind == "promotion":
            two.store.client.delete_logged_model(reigning_in(entry).source.removeprefix("models:/"))
    with pytest.raises(AssayError, match="asking for the model failed"):
        fetch_bundle(two.store, state.champion.source, cache_dir=tmp_path)
    with pytest.raises(GateError, match="its bundle does not open"):
        two.registry.rollback(reason="back", author="Ada", cache_dir=tmp_path)


def test_a_version_deleted_before_its_killed_promotion_was_finished_keeps_nobody_from_going_back(
    two: Any, tmp_path: Path
) -> None:
    last = two.registry.entries()[-1]
    two.sql("INSERT INTO assay_begun VALUES (?, 4, ?, 0)", NAME, last.hash)  # as a kill after entry 4 leaves it
    two.store.client.delete_model_version(NAME, "2")
    two.registry.finish_interrupted()
    assert "version 2, promoted in entry 4, is gone from the registry" in two.registry.verify()
    assert two.registry.rollback("1", reason="version 2 is gone", author="Ada", cache_dir=tmp_path) == "1"
    assert two.aliases["champion"] == "1"
