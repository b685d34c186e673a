"""What cannot go through a network is refused before a run exists, and what the message asks to type works."""

from __future__ import annotations

import re
import shutil
import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest
import torch

from assay.config.compose import compose
from assay.errors import ConfigError, DataError
from assay.run.generators import ensure_generators
from assay.run.images import load_real_manifest
from assay.run.train import train
from finished import store_words

WORDS = ["debug=tiny", "data=folder", "trainer.accelerator=cpu", "trainer.workers=0", "finetune.epochs=1"]
WORDS += ["model=timm", "model.weights=none", "finetune=full", "evaluation=val"]


@pytest.mark.parametrize(
    ("words", "wanted"),
    [
        (["model.name=test_resnet", "trainer.batch_size=1", "data.image_size=32"], r"layer4\.0\.bn1.*(trainer\.\S+)"),
        (
            ["model.name=test_convnext", "data.image_size=8"],
            r"does not take pictures.*(data\.image_size=\d+)",
        ),
    ],
)
def test_what_cannot_go_through_is_refused_before_the_run_and_the_remedy_works(
    words: list[str], wanted: str, photos: Path, tmp_path: Path, store_in: Callable[[Path], Path]
) -> None:
    typed = [*WORDS, *words, f"data.root={photos}", *store_words(store_in(tmp_path))]
    with pytest.raises(ConfigError) as caught:
        train(compose(typed))
    with sqlite3.connect(tmp_path / "mlflow.db") as opened:
        assert opened.execute("SELECT count(*) FROM runs").fetchone() == (0,)
    remedy = re.search(wanted, str(caught.value))
    assert remedy is not None, caught.value
    assert train(compose([*typed, remedy[1]])).objectives


def test_batches_of_one_are_no_trouble_where_statistics_are_kept(
    photos: Path, tmp_path: Path, store_in: Callable[[Path], Path]
) -> None:
    words = [*WORDS, "model.name=test_resnet", "finetune=two_stage", "finetune.head_epochs=1", "trainer.batch_size=1"]
    words += ["data.image_size=32", f"data.root={photos}", *store_words(store_in(tmp_path))]
    assert train(compose(words)).objectives


@pytest.mark.skipif(torch.cuda.is_available() or torch.backends.mps.is_available(), reason="there is a GPU")
def test_a_gpu_that_is_not_there_is_refused_before_the_run_and_the_remedy_works(
    photos: Path, tmp_path: Path, store_in: Callable[[Path], Path]
) -> None:
    words = [*WORDS, "model.name=test_resnet", "data.image_size=32", f"data.root={photos}"]
    words += store_words(store_in(tmp_path))
    with pytest.raises(ConfigError, match=r"PyTorch sees no GPU here; type trainer\.accelerator=auto"):
        train(compose([*words, "trainer.accelerator=gpu"]))
    with pytest.raises(ConfigError, match=r"trainer\.devices=1000: there are \d+ cores.*; type trainer\.devices=auto"):
        train(compose([*words, "trainer.devices=1000"]))
    with sqlite3.connect(tmp_path / "mlflow.db") as opened:
        assert opened.execute("SELECT count(*) FROM runs").fetchone() == (0,)
    assert train(compose([*words, "trainer.accelerator=auto", "trainer.devices=auto"])).objectives


def test_a_calibration_that_these_classes_cannot_have_is_refused_before_the_run(
    photos: Path, tmp_path: Path, store_in: Callable[[Path], Path]
) -> None:
    words = [*WORDS, "model.name=test_resnet", "data.image_size=32", f"data.root={photos}"]
    words += store_words(store_in(tmp_path))
    with pytest.raises(DataError, match=r"is for two classes .* got 3 classes and reference 0; type") as caught:
        train(compose([*words, "calibration=false_alarms"]))
    with sqlite3.connect(tmp_path / "mlflow.db") as opened:
        assert opened.execute("SELECT count(*) FROM runs").fetchone() == (0,)
    (remedy,) = re.findall(r"type (calibration=\w+)", str(caught.value))
    assert train(compose([*words, remedy])).objectives


def test_generators_are_measured_where_the_data_that_is_named_has_them(
    photos: Path, tmp_path: Path, store_in: Callable[[Path], Path]
) -> None:
    def words(root: Path, *more: str) -> list[str]:
        return [*WORDS, "model.name=test_resnet", "data.image_size=32", f"data.root={root}", *more]

    asked = "++evaluation.generators._target_=assay.evaluation.settings.GeneratorSettings"
    store = store_words(store_in(tmp_path))
    plain = [word for word in words(photos, asked, *store) if word != "evaluation=val"]
    with pytest.raises(DataError, match="no test image names its generator; use data=exposr") as caught:
        train(compose(plain))
    with sqlite3.connect(tmp_path / "mlflow.db") as opened:
        assert opened.execute("SELECT count(*) FROM runs").fetchone() == (0,)
    (option,) = re.findall(r"use (data=\w+)", str(caught.value))
    for name, place in (("jade", "real"), ("onyx", "generated/gan")):
        shutil.copytree(photos / name, tmp_path / "pictures" / place)
    named = [option if word == "data=folder" else word for word in words(tmp_path / "pictures")]
    ensure_generators(load_real_manifest(compose(named)))


def test_runs_do_not_work_among_the_images_of_a_dataset(tmp_path: Path) -> None:
    (tmp_path / "photos" / "cat").mkdir(parents=True)
    words = [*WORDS, "model.name=test_resnet", f"data.root={tmp_path}/photos", f"tracking.work={tmp_path}/photos/work"]
    with pytest.raises(ConfigError, match=r"tracking.work=.*/photos/work: lies in data.root=.*/photos, whose folders"):
        train(compose([*words, f"tracking.uri=sqlite:///{tmp_path}/mlflow.db"]))
    assert [path.name for path in tmp_path.iterdir()] == ["photos"]
