"""The door that every job comes through: what was typed is known while a job runs, and only then."""

from __future__ import annotations

from contextlib import nullcontext
from pathlib import Path

import pytest
from omegaconf import DictConfig

from assay.config import door

typed: list[list[str]] = []


def task(config: DictConfig) -> None:
    typed.append(door.typed_overrides()[0])
    if config.seed == 2:
        raise InterruptedError


def through(words: list[str], folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(folder)
    monkeypatch.setattr("sys.argv", [])
    typed.clear()
    door.run(task, words, "assay train")


@pytest.mark.parametrize("seed", [1, 2])
def test_what_was_typed_is_known_while_its_job_runs(seed: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    words = [f"seed={seed}", "data=folder", "data.root=photos"]
    with pytest.raises(InterruptedError) if seed == 2 else nullcontext():
        through(words, tmp_path, monkeypatch)
    assert typed == [words]
    assert door.typed_overrides() == ([], None)


@pytest.mark.parametrize("flag", ["--cfg=job", "--info=config"])
def test_a_config_that_was_only_shown_is_not_taken_for_typed(
    flag: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    through(["data=folder", "data.root=photos", flag], tmp_path, monkeypatch)
    assert not typed
    assert door.typed_overrides() == ([], None), "a training from Python would be recorded as typed"
