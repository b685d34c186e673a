"""An installation without extras: what needs none works, and what needs one says so before it begins."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

TESTS = Path(__file__).parent


def typed(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "ASSAY_CACHE": f"{folder}/cache"}
    command = [sys.executable, str(TESTS / "core_only.py"), *words]
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, timeout=300)


@pytest.mark.slow
def test_generated_images_are_measured_and_trained_on(photos: Path, tmp_path: Path) -> None:
    rng, folder = np.random.default_rng(0), tmp_path / "made" / "gan" / "jade"
    folder.mkdir(parents=True)
    for number in range(12):
        Image.fromarray(rng.integers(0, 256, (40, 48, 3), np.uint8)).save(folder / f"{number}.png")
    data = ["data=folder", f"data.root={photos}", "data.image_size=32"]
    tiny = ["fidelity.extractor=baseline_cnn", "fidelity.weights=none", "fidelity.size=32"]
    measured = typed(tmp_path, "fidelity", *data, *tiny, "synthetic=made")
    assert measured.returncode == 0, measured.stderr
    small = ["debug=tiny", "model=baseline_cnn", "trainer.workers=0", "finetune.epochs=1", "evaluation=val"]
    made = ["data.synthetic=made", "data.synthetic_screen=false"]
    trained = typed(tmp_path, "train", *data, *tiny, *small, *made)
    assert trained.returncode == 0, trained.stderr


@pytest.mark.parametrize(
    ("words", "installs"),
    [
        (
            ["fidelity", "data=folder", "data.root={}", "synthetic={}", "fidelity.extractor=inception_v3"],
            "torch-fidelity",
        ),
        (["train", "data=elpv"], "elpv-dataset"),
        (["train", "data=folder", "data.root={}", "finetune=adapter"], "peft"),
        (["train", "data=folder", "data.root=s3://bucket/photos"], "boto3"),
        (["train", "-m", "hydra/sweeper=optuna", "hydra/sweeper/sampler=cmaes", "seed=range(9)", "data=elpv"], "cmaes"),
    ],
)
def test_what_an_extra_brings_is_asked_for_with_the_command_that_installs_it(
    words: list[str], installs: str, photos: Path, tmp_path: Path
) -> None:
    ended = typed(tmp_path, *(word.format(photos) for word in words))
    assert ended.returncode in (1, 2), ended.stderr
    assert "pip install" in ended.stderr
    assert installs in ended.stderr.partition("pip install")[2]
    assert "Traceback" not in ended.stderr
