"""One run in full, in a real store."""

from __future__ import annotations

import shlex
from contextlib import suppress

import pytest
from omegaconf import DictConfig

from assay.housekeeping.run_details import run_details, typed_words
from assay.tracking.store import TrackingStore


@pytest.mark.parametrize(
    "typed", [["loss=focal", "seed=3"], ["name='night shift'", "seed=3"], ["name=Ada's", "seed=3"], []]
)
def test_the_command_says_to_a_shell_what_was_typed(typed: list[str]) -> None:
    words = typed_words(" ".join(typed))
    assert list(words) == typed
    assert shlex.split(" ".join(map(shlex.quote, words))) == typed


def test_a_trial_says_to_which_sweep_it_belongs_and_how_it_failed(config: DictConfig, store: TrackingStore) -> None:
    parent = store.start_parent("search", "key")
    params = {"overrides": "loss=focal seed=3", "seed": 3, "data": {"_target_": "assay.data.sources.elpv.ElpvSource"}}
    tags = {"assay.trial": "7", "device": "cpu"}
    with suppress(ZeroDivisionError), store.start_run("trial", params=params, tags=tags, parent=parent) as run:
        (run.folder / "model").mkdir()
        (run.folder / "model" / "weights").write_bytes(b"x" * 100)
        run.log_artifact(run.folder / "model")
        (run.folder / "bundle").mkdir()
        1 / 0  # noqa: B018
    store.finish_parent(parent)
    details = run_details(config, store, store.find(run.run_id))
    assert (details.belongs_to, details.trial) == (f"multirun search ({parent[:8]})", "7")
    assert (details.run.status, details.error) == ("failed", "ZeroDivisionError: division by zero")
    assert details.command == "assay train loss=focal seed=3"
    assert (details.run.data, details.seed, details.device, details.experiment) == ("elpv", "3", "cpu", "elpv")
    assert [(file.name, file.folder, file.artifacts) for file in details.files] == [
        ("model/", 100, 100),
        ("bundle/", 0, None),
    ]
    assert details.exported == str(run.folder / "bundle")
    assert details.needs == ()
