"""A recorded division in a config: photos are added and the test set is the one that was measured on."""

import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from assay.config.check import check
from assay.config.compose import compose
from assay.data.manifest import Manifest
from assay.errors import ConfigError, DataError
from assay.run.config_digest import config_digest
from assay.run.images import load_real_manifest
from finished import Finished

pytestmark = pytest.mark.slow


def recorded(run: Finished) -> Manifest:
    return Manifest.load(run.folder / "manifest.parquet")


@pytest.fixture
def grown(finished_run: Finished, tmp_path: Path) -> Path:
    """The photos of the finished run, one of its test images once more at another size, and three new ones."""
    root = tmp_path / "photos"
    manifest = recorded(finished_run)
    shutil.copytree(manifest.paths[0].parent.parent, root)
    tested = manifest.only("test").paths[0]
    with Image.open(tested) as picture:
        picture.resize((96, 80)).save(root / tested.parent.name / "again.png")
    rng = np.random.default_rng(7)
    for number in range(3):
        Image.fromarray(rng.integers(0, 255, (40, 48, 3), dtype=np.uint8)).save(
            root / tested.parent.name / f"new{number}.png"
        )
    return root


@pytest.fixture
def divided(grown: Path, finished_run: Finished, tmp_path: Path) -> Callable[..., Manifest]:
    def load(*words: str) -> Manifest:
        own = ["data=folder", f"data.root={grown}", f"cache={tmp_path / 'cache'}", *finished_run.store]
        return load_real_manifest(compose([*own, *words]))

    return load


def test_a_run_says_how_photos_are_divided_that_have_grown_since(
    divided: Callable[..., Manifest], finished_run: Finished
) -> None:
    before = recorded(finished_run)
    assert divided().only("test").digest != before.only("test").digest

    now = divided(f"data.division={finished_run.run_id[:8]}")

    assert now.only("test").digest == before.only("test").digest
    assert len(now.only("train")) == len(before.only("train")) + 3
    left_out: dict[str, str] = dict(now.excluded.itertuples(index=False))
    assert [(Path(path).name, reason) for path, reason in left_out.items()] == [
        ("again.png", "a copy of an image in test")
    ]


def test_the_file_of_a_manifest_says_it_too(
    divided: Callable[..., Manifest], finished_run: Finished, tmp_path: Path
) -> None:
    file = tmp_path / "kept.parquet"
    recorded(finished_run).save(file)
    assert divided(f"data.division={file}").digest == divided(f"data.division={finished_run.run_id}").digest


def test_a_test_image_that_is_gone_is_named(
    divided: Callable[..., Manifest], finished_run: Finished, grown: Path
) -> None:
    gone = recorded(finished_run).only("test").paths[0]
    (grown / gone.parent.name / gone.name).unlink()
    with pytest.raises(DataError, match=r"1 of its \d+ test images are not in the dataset"):
        divided(f"data.division={finished_run.run_id}")


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["data.division=photos@champion"], "an alias may name another run tomorrow"),
        (["data.division=nowhere.parquet"], "no such file; a run's manifest is mlruns/work/RUN/manifest.parquet"),
        (["data.division=3f2a", "data.fold=0", "data.folds=5"], "so data.fold has nothing to divide; leave one out"),
    ],
)
def test_what_names_no_division_is_refused_before_a_picture_is_read(words: list[str], message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        check(compose(["data=folder", "data.root=/photos", *words]))


def test_a_config_of_before_the_key_keeps_its_digest() -> None:
    config = compose(["data=folder", "data.root=/photos"])
    without = config.copy()
    del without.data.division
    assert config_digest(without) == config_digest(config)
    assert config_digest(compose(["data=folder", "data.root=/photos", "data.division=3f2a"])) != config_digest(config)
