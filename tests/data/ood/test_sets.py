from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from assay.config.ood import BUILT_IN
from assay.data.image import read_image
from assay.data.manifest import Manifest
from assay.data.ood.appearance import Appearance
from assay.data.ood.holdout import hold_out
from assay.data.ood.sets import with_ood
from assay.data.sources.folder import FolderSource
from assay.data.sources.table import TableSource
from assay.data.splits import assign_splits
from assay.errors import ConfigError, DataError


def written(folder: Path, count: int, *, mode: str = "L", suffix: str = "png", size=(60, 40), seed: int = 0) -> None:
    folder.mkdir(parents=True)
    rng = np.random.default_rng([seed, *folder.name.encode()])
    for index in range(count):
        shape = (*size[::-1], 3) if mode == "RGB" else size[::-1]
        picture = Image.fromarray(rng.integers(0, 256, shape, dtype=np.uint8))
        picture.save(folder / f"{index:03}.{suffix}", **({"quality": 70, "subsampling": 2} if suffix == "jpg" else {}))


def dataset(root: Path, **about) -> Manifest:
    for name in ("bad", "fine", "good"):
        written(root / "data" / name, 12, **about)
    return assign_splits(FolderSource(str(root / "data")).build(root / "cache"), val=0.1, calib=0.1, test=0.2)


@pytest.fixture
def grey(tmp_path: Path) -> Manifest:
    return dataset(tmp_path)


@pytest.mark.parametrize("name", BUILT_IN)
def test_a_set_that_comes_with_assay_looks_like_the_training_pictures(
    name: str, grey: Manifest, tmp_path: Path
) -> None:
    whole = with_ood(grey, [name], cache_dir=tmp_path / "cache")
    rows = whole.ood_sets()[name].table
    assert set(rows["format"]) == {"PNG"}
    assert set(rows["width"]) == {60}
    assert set(rows["height"]) == {40}
    assert (rows["label"] == -1).all()
    assert rows["license"].ne("").all() or name == "misframed"
    assert {Image.open(path).mode for path in rows["path"]} == {"L"}
    assert not rows["id"].duplicated().any()


def test_crops_of_one_picture_are_a_group(grey: Manifest, tmp_path: Path) -> None:
    sets = with_ood(grey, ["photographs", "textures"], cache_dir=tmp_path / "cache").ood_sets()
    assert set(sets["textures"].groups) == {"textures/brick", "textures/grass", "textures/gravel"}
    assert sets["photographs"].table.groupby("group").size().tolist() == [12] * 8


def test_colour_and_compression_follow_the_training_pictures(tmp_path: Path) -> None:
    pictures = dataset(tmp_path, mode="RGB", suffix="jpg", size=(48, 48))
    rows = with_ood(pictures, ["textures", "photographs"], cache_dir=tmp_path / "cache").table
    outside = rows[rows["split"] == "ood"]
    assert set(outside["format"]) == {"JPEG"}
    own, other = (Image.open(rows[rows["split"] == split]["path"].iloc[-1]) for split in ("train", "ood"))
    assert own.quantization == other.quantization
    assert own.layer == other.layer  # subsampling of the chroma
    assert other.mode == "RGB"


def test_appearance_is_the_median_of_the_training_pictures(grey: Manifest) -> None:
    train = grey.only("train")
    wider = replace(train, table=train.table.assign(width=range(len(train))))
    assert Appearance.of(wider).width == round(np.median(range(len(train))))
    assert Appearance.of(train) == Appearance(60, 40, grey=True)


def test_misframed_pictures_are_test_pictures_cut_half_a_picture_off(grey: Manifest, tmp_path: Path) -> None:
    outside = with_ood(grey, ["misframed"], cache_dir=tmp_path / "cache").ood_sets()["misframed"]
    test = grey.only("test").table
    for path, group in zip(outside.paths, outside.groups, strict=True):
        own = read_image(test[test["group"] == group]["path"].iloc[0])
        assert np.array_equal(read_image(path), np.roll(own, 30, axis=1))


def test_a_set_is_written_once_and_read_by_the_same_name_again(grey: Manifest, tmp_path: Path) -> None:
    first = with_ood(grey, ["textures"], cache_dir=tmp_path / "cache").table
    times = [Path(path).stat().st_mtime_ns for path in first["path"]]
    second = with_ood(grey, ["textures"], cache_dir=tmp_path / "cache").table
    pd.testing.assert_frame_equal(first, second)
    assert times == [Path(path).stat().st_mtime_ns for path in second["path"]]
    folders = {path.name for path in (tmp_path / "cache" / "ood").iterdir()}
    assert len(folders) == 1
    assert not any(name.startswith(".") for name in folders)


def test_the_digest_and_the_classes_stay(grey: Manifest, tmp_path: Path) -> None:
    whole = with_ood(grey, ["textures"], cache_dir=tmp_path / "cache")
    assert whole.digest == grey.digest
    assert whole.class_names == grey.class_names
    pd.testing.assert_frame_equal(whole.counts(), grey.counts())
    assert whole.splits[-1] == "ood"


def test_a_manifest_with_ood_pictures_is_saved_and_its_rows_are_checked(grey: Manifest, tmp_path: Path) -> None:
    whole = with_ood(grey, ["textures"], cache_dir=tmp_path / "cache")
    whole.save(tmp_path / "m.parquet")
    assert Manifest.load(tmp_path / "m.parquet").ood_sets().keys() == {"textures"}


def test_folders_and_tables_are_sets_too(grey: Manifest, tmp_path: Path) -> None:
    written(tmp_path / "cats", 3, mode="RGB", seed=5)
    written(tmp_path / "others", 3, seed=6)
    (tmp_path / "others" / "broken.png").write_bytes(b"no picture")
    rows = "path,label,group\n" + "".join(f"{tmp_path}/others/00{i}.png,{'good' if i else 'cat'},g\n" for i in range(3))
    (tmp_path / "dogs.csv").write_text(rows)
    entries = [str(tmp_path / name) for name in ("cats", "others", "dogs.csv")]
    whole = with_ood(grey, entries, cache_dir=tmp_path / "cache")
    sets = whole.ood_sets()
    assert {name: len(rows) for name, rows in sets.items()} == {"cats": 3, "others": 3, "dogs": 3}
    assert sets["dogs"].labels.tolist() == [-1, 2, 2]
    assert set(sets["dogs"].groups) == {"g"}
    assert any(path.endswith("broken.png") for path in whole.excluded["path"])


def test_copies_of_the_dataset_and_empty_sets_are_refused(grey: Manifest, tmp_path: Path) -> None:
    with pytest.raises(DataError, match="a copy of a picture of the dataset"):
        with_ood(grey, [str(tmp_path / "data" / "good")], cache_dir=tmp_path / "cache")
    (tmp_path / "empty").mkdir()
    with pytest.raises(DataError, match="no usable picture"):
        with_ood(grey, [str(tmp_path / "empty")], cache_dir=tmp_path / "cache")


def test_a_picture_of_the_dataset_that_was_saved_anew_is_not_outside_of_it(tmp_path: Path) -> None:
    def drawn(seed: int) -> Image.Image:
        rough = np.random.default_rng(seed).integers(0, 256, (5, 5, 3), dtype=np.uint8)
        return Image.fromarray(rough).resize((96, 96), Image.Resampling.BICUBIC)

    for place, seeds in (("data/bad", range(12)), ("data/good", range(20, 32)), ("others", range(40, 44))):
        (tmp_path / place).mkdir(parents=True)
        for seed in seeds:
            drawn(seed).save(tmp_path / place / f"{seed}.png")
    drawn(3).resize((64, 64)).save(tmp_path / "others" / "again.jpg", quality=85)
    drawn(25).transpose(Image.Transpose.FLIP_LEFT_RIGHT).save(tmp_path / "others" / "mirrored.png")
    manifest = assign_splits(FolderSource(str(tmp_path / "data")).build(tmp_path / "cache"))
    for _ in range(2):  # looked for, and as kept
        whole = with_ood(manifest, [str(tmp_path / "others")], cache_dir=tmp_path / "cache", copies="perceptual")
        assert [path.name for path in whole.ood_sets()["others"].paths] == ["40.png", "41.png", "42.png", "43.png"]
    assert {Path(path).name for path in whole.excluded["path"]} == {"again.jpg", "mirrored.png"}
    untouched = with_ood(manifest, [str(tmp_path / "others")], cache_dir=tmp_path / "cache")
    assert len(untouched.ood_sets()["others"]) == 6


def test_a_detector_may_not_be_chosen_on_pictures_that_are_reported_on(grey: Manifest, tmp_path: Path) -> None:
    for name in ("one", "two"):
        written(tmp_path / name, 3)
    for file in (tmp_path / "one").iterdir():
        (tmp_path / "two" / file.name).write_bytes(file.read_bytes())
    with pytest.raises(DataError, match="share 3 pictures"):
        with_ood(grey, [str(tmp_path / "one")], [str(tmp_path / "two")], cache_dir=tmp_path / "cache")


def test_a_held_out_class_is_in_no_split_and_labels_move_up(tmp_path: Path) -> None:
    dataset(tmp_path)
    found = FolderSource(str(tmp_path / "data")).build(tmp_path / "cache")
    rest, held = hold_out(found, "fine")
    assert rest.class_names == ("bad", "good")
    assert set(held["ood_set"]) == {"holdout_fine"}
    assert set(held["source"]) == {"data"}, "where they come from"
    assert set(held["label"]) == {-1}
    assert len(rest) + len(held) == len(found)
    assert {Path(path).parent.name for path in rest.table["path"][rest.table["label"] == 1]} == {"good"}


def test_a_class_that_cannot_be_held_out_is_refused(grey: Manifest) -> None:
    with pytest.raises(ConfigError, match=r"no such class; did you mean good\?"):
        hold_out(grey, "goood")
    two, _ = hold_out(grey, "bad")
    with pytest.raises(ConfigError, match="only 1 class would be left"):
        hold_out(two, "good")


def test_a_split_folder_ood_holds_sets_by_the_names_of_its_folders(tmp_path: Path) -> None:
    for number, part in enumerate(("train/good", "train/bad", "test/good", "test/bad", "ood/cats", "ood/good")):
        written(tmp_path / "data" / part, 6, seed=number)
    found = assign_splits(FolderSource(str(tmp_path / "data")).build(tmp_path / "cache"))
    assert found.class_names == ("bad", "good")
    sets = found.ood_sets()
    assert set(sets) == {"cats", "data"}
    assert set(sets["cats"].labels) == {-1}
    assert set(sets["data"].labels) == {1}
    found.save(tmp_path / "saved.parquet")
    again = TableSource(str(tmp_path / "saved.parquet")).build(tmp_path / "cache")
    pd.testing.assert_frame_equal(again.table, found.table)


def test_the_source_of_a_picture_stays_beside_the_name_of_its_set(grey: Manifest, tmp_path: Path) -> None:
    written(tmp_path / "shop", 4)
    files = sorted((tmp_path / "shop").iterdir())
    rows = [f"shop/{path.name},,{source}" for path, source in zip(files, ["a", "a", "b", ""], strict=True)]
    (tmp_path / "others.csv").write_text("\n".join(["file_name,label,source", *rows]))
    others = with_ood(grey, [str(tmp_path / "others.csv")], cache_dir=tmp_path / "cache").ood_sets()["others"]
    assert others.table["source"].tolist() == ["a", "a", "b", "others"]


def test_a_table_names_the_sets_of_its_ood_pictures(tmp_path: Path) -> None:
    for number, folder in enumerate(("good", "bad", "far")):
        written(tmp_path / folder, 2, seed=number)
    rows = [f"{folder}/{path.name},{folder},," for folder in ("good", "bad") for path in (tmp_path / folder).iterdir()]
    rows += [f"far/{path.name},,ood,far away" for path in (tmp_path / "far").iterdir()]
    (tmp_path / "list.csv").write_text("\n".join(["file_name,label,split,ood_set", *rows]))
    manifest = TableSource(str(tmp_path / "list.csv")).build(tmp_path / "cache")
    assert {name: len(rows) for name, rows in manifest.ood_sets().items()} == {"far away": 2}
    assert set(manifest.table["source"]) == {"list"}
    manifest.save(tmp_path / "saved.parquet")
    again = TableSource(str(tmp_path / "saved.parquet")).build(tmp_path / "cache")
    assert list(again.ood_sets()) == ["far away"]
