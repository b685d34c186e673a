"""What a training says before its work, and how to go on with it."""

from __future__ import annotations

from pathlib import Path

import pytest

from assay.config.compose import compose
from assay.config.door import typed_as
from assay.run.announcement import announcement, resumable, resume_command
from assay.run.training_images import load_training_images

RUN = "cd737391b72e462fb89b13f685408473"
SMALL = ["trainer.accelerator=cpu", "data=folder", "model=baseline_cnn"]


def test_two_lines_say_what_is_trained_on_what(photos: Path, tmp_path: Path) -> None:
    config = compose(
        [*SMALL, f"data.root={photos}", f"cache={tmp_path}", "finetune=two_stage", "finetune.head_epochs=7", "seed=3"]
    )
    manifest, _ = load_training_images(config)
    sizes = {split: len(manifest.only(split)) for split in ("train", "val", "calib", "test")}
    first, second = announcement(config, manifest, RUN, "photos")
    assert first == f"run {RUN} · experiment photos · cpu · baseline_cnn, two_stage · at most 22 epochs · seed 3"
    assert second == "120 images in 3 classes: " + ", ".join(f"{split} {n}" for split, n in sizes.items())
    assert sum(sizes.values()) == 120
    assert len(first) <= 120


def test_whatever_ends_a_run_carries_the_command_that_goes_on() -> None:
    with pytest.raises(KeyboardInterrupt) as ended, resumable(RUN):
        raise KeyboardInterrupt
    assert ended.value.__notes__ == [f"run cd737391 goes on with: assay train resume={RUN}"]


def test_a_run_goes_on_where_it_lies() -> None:
    typed = ["loss=focal", "tracking.uri=sqlite:///a b/mlflow.db", "cache=/tmp/c"]
    with typed_as(typed):
        assert resume_command("3f2a") == "assay train resume=3f2a 'tracking.uri=sqlite:///a b/mlflow.db' cache=/tmp/c"
