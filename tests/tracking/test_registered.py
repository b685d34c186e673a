from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from assay.errors import TrackingError
from assay.tracking.registered import MODEL, run_of_model
from assay.tracking.store import TrackingStore


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory, store_in: Callable[[Path], Path]) -> TrackingStore:
    root = store_in(tmp_path_factory.mktemp("registered"))
    return TrackingStore(f"sqlite:///{root}/mlflow.db", f"{root}/artifacts", work=f"{root}/work")


@pytest.fixture(scope="module")
def runs(store: TrackingStore, tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """Two runs behind versions 1 and 2 of "cell grades"; version 3 has none, and "empty" has no version."""
    ids = []
    store.client.create_registered_model("cell grades")
    store.client.create_registered_model("empty")
    folder = str(tmp_path_factory.mktemp("model"))
    for name in ("first", "second"):
        with store.start_run(name) as run:
            ids.append(run.run_id)
        store.client.create_model_version("cell grades", folder, run_id=run.run_id)
    store.client.create_model_version("cell grades", folder)
    store.client.set_registered_model_alias("cell grades", "champion", "1")
    store.client.set_registered_model_alias("cell grades", "challenger", "2")
    store.client.set_registered_model_alias("cell grades", "foundling", "3")
    return ids


@pytest.mark.parametrize(
    ("words", "place"),
    [
        ("cell grades@champion", 0),
        ("models:/cell grades@challenger", 1),
        ("models:/cell grades/2", 1),
        ("models:/cell grades/1", 0),
    ],
)
def test_a_version_is_the_run_that_it_was_registered_from(
    store: TrackingStore, runs: list[str], words: str, place: int
) -> None:
    assert run_of_model(store, words) == runs[place]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (
            "cell grade@champion",
            "no registered model cell grade; did you mean cell grades? (options: ",
        ),
        ("cell grades@champ", "has no alias champ; did you mean champion? (options: challenger, champion, foundling)"),
        ("empty@champion", "the model empty has no alias champion; it has no aliases"),
        ("models:/cell grades/7", "has no version 7; its versions are 1, 2, 3"),
        ("models:/empty/1", "has no version 1; it has none"),
        ("cell grades@foundling", "version 3 of cell grades was registered without its run"),
    ],
)
def test_what_is_not_there_is_answered_with_what_is(
    store: TrackingStore, runs: list[str], words: str, said: str
) -> None:
    with pytest.raises(TrackingError) as caught:
        run_of_model(store, words)
    assert said in str(caught.value)


def test_an_empty_registry_says_so(tmp_path: Path, store_in: Callable[[Path], Path]) -> None:
    store_in(tmp_path)
    store = TrackingStore(f"sqlite:///{tmp_path}/mlflow.db", f"{tmp_path}/artifacts", work=f"{tmp_path}/work")
    with pytest.raises(TrackingError, match="no registered model cells; the registry is empty"):
        run_of_model(store, "cells@champion")


@pytest.mark.parametrize("words", ["3f2a", "newest", "output=a@b", "tracking.uri=http://me:word@host:5000", "a/b@c"])
def test_other_words_are_no_models(words: str) -> None:
    assert MODEL.fullmatch(words) is None
