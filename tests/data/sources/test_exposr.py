import shutil
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from assay.data.generators import generators_of, hold_out_generator, trained_generators
from assay.data.sources.exposr import ExposrSource
from assay.data.splits import assign_splits
from assay.errors import ConfigError, DataError


def lay_out(root: Path, folders: dict[str, int]) -> Path:
    rng = np.random.default_rng(len(folders))
    for folder, count in folders.items():
        (root / folder).mkdir(parents=True)
        for number in range(count):
            Image.fromarray(rng.integers(0, 256, (16, 16, 3), dtype=np.uint8)).save(root / folder / f"{number}.png")
    return root


def test_folders_become_two_classes_and_the_generators_name(tmp_path: Path) -> None:
    root = lay_out(tmp_path, {"real/a": 3, "real/b": 2, "generated/gan/x": 2, "generated/vae": 4})
    found = ExposrSource(str(root)).build(tmp_path / "scans")
    assert found.class_names == ("real", "generated")
    counted = found.table.groupby(["label", "generator"]).size().to_dict()
    assert counted == {(0, ""): 5, (1, "gan"): 2, (1, "vae"): 4}
    assert generators_of(found) == ("gan", "vae")


def test_split_folders_are_kept(tmp_path: Path) -> None:
    folders = {"train/real": 3, "train/generated/gan": 3, "test/real": 2, "test/generated/gan": 1}
    found = ExposrSource(str(lay_out(tmp_path / "in", folders))).build(tmp_path / "scans")
    assert found.table.groupby("split").size().to_dict() == {"train": 6, "test": 3}


@pytest.mark.parametrize(
    ("folders", "said"),
    [
        ({"cats": 1, "dogs": 1}, "real and generated/<generator>"),
        ({"real": 1, "generated": 2}, "2 pictures lie in generated/ itself"),
    ],
)
def test_another_layout_is_refused(tmp_path: Path, folders: dict[str, int], said: str) -> None:
    with pytest.raises(DataError, match=said):
        ExposrSource(str(lay_out(tmp_path, folders))).build(tmp_path / "scans")


def test_a_generator_that_is_held_out_is_in_test_alone_and_test_is_that_of_any_other_run(tmp_path: Path) -> None:
    root = lay_out(tmp_path / "in", {"real": 30, "generated/gan": 20, "generated/vae": 20})
    whole = assign_splits(ExposrSource(str(root)).build(tmp_path / "scans"))
    without = hold_out_generator(whole, "gan")
    assert trained_generators(without) == ("vae",)
    held = without.table[without.table["generator"] == "gan"]
    assert set(held["split"]) == {"test"}
    assert without.only("test").digest == whole.only("test").digest
    assert len(without.excluded) == len(whole) - len(without)


def test_pictures_of_the_generator_that_is_held_out_are_not_trained_on_under_another_name(tmp_path: Path) -> None:
    root = lay_out(tmp_path / "in", {"real": 30, "generated/gan": 20, "generated/vae": 20})
    shutil.copytree(root / "generated/gan", root / "generated/vae/and_gan")
    whole = assign_splits(ExposrSource(str(root)).build(tmp_path / "scans"))
    without = hold_out_generator(whole, "gan")
    of_gan = set(whole.table["id"][whole.table["generator"] == "gan"])
    assert of_gan.isdisjoint(without.only("train").ids.tolist())
    shutil.rmtree(root / "generated/vae")
    shutil.copytree(root / "generated/gan", root / "generated/vae")
    with pytest.raises(ConfigError, match="no picture of another generator is left"):
        hold_out_generator(assign_splits(ExposrSource(str(root)).build(tmp_path / "scans")), "gan")


def test_a_generator_that_is_not_there_or_the_only_one_cannot_be_held_out(tmp_path: Path) -> None:
    root = lay_out(tmp_path / "in", {"real": 10, "generated/gan": 10})
    whole = assign_splits(ExposrSource(str(root)).build(tmp_path / "scans"))
    with pytest.raises(ConfigError, match="did you mean gan"):
        hold_out_generator(whole, "gann")
    with pytest.raises(ConfigError, match="the only generator"):
        hold_out_generator(whole, "gan")
