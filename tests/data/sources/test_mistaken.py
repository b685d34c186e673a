"""Layouts of known exports that would become classes called train, images or the like."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from assay.data.sources.folder import FolderSource
from assay.errors import DataError


def pictures(folder: Path, count: int = 3) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for index in range(count):
        pixels = np.random.default_rng([*folder.name.encode(), *folder.parent.name.encode(), index]).integers(
            0, 256, (16, 16, 3), dtype=np.uint8
        )
        Image.fromarray(pixels).save(folder / f"{index}.png")


@pytest.mark.parametrize(
    ("folders", "named"),
    [
        (("trainA", "trainB", "testA", "testB"), "testA, trainA are called like splits of the class A"),
        (("cat_train", "cat_test", "dog_train", "dog_test"), "cat_test, cat_train are called like splits of the class"),
        (("train-cat", "train-dog", "val-cat", "val-dog"), "train-cat, val-cat are called like splits"),
        (("train2017", "val2017"), "train2017, val2017 are called like splits, and would"),
        (("train", "test1"), "test1, train are called like splits, and would"),
    ],
)
def test_splits_in_the_names_of_classes_are_asked_about(tmp_path: Path, folders: tuple[str, ...], named: str) -> None:
    for folder in folders:
        pictures(tmp_path / "photos" / folder)
    with pytest.raises(DataError, match=named) as refused:
        FolderSource(str(tmp_path / "photos")).build(tmp_path / "cache")
    assert "data.layout=classes" in str(refused.value)
    manifest = FolderSource(str(tmp_path / "photos"), layout="classes").build(tmp_path / "cache")
    assert sorted(manifest.class_names) == sorted(folders)


@pytest.mark.parametrize(
    ("folder", "split"), [("test", "test"), ("Validation_Set", "val"), ("unlabeled", "unlabelled")]
)
def test_a_folder_called_like_a_split_among_classes_is_asked_about(tmp_path: Path, folder: str, split: str) -> None:
    for name in ("cat", "dog", folder):
        pictures(tmp_path / "photos" / name)
    with pytest.raises(
        DataError, match=f"the folder {folder} is called like a split and lies beside cat, dog"
    ) as refused:
        FolderSource(str(tmp_path / "photos")).build(tmp_path / "cache")
    assert f"the split {split}; if they are classes, add data.layout=classes" in str(refused.value)
    manifest = FolderSource(str(tmp_path / "photos"), layout="classes").build(tmp_path / "cache")
    assert sorted(manifest.class_names) == sorted(("cat", "dog", folder))
    images = sorted((tmp_path / "photos").rglob("*.png"))
    rows = [
        (
            path,
            *(
                ("" if split == "unlabelled" else "cat", split)
                if path.parent.name == folder
                else (path.parent.name, "")
            ),
        )
        for path in images
    ]
    lines = [f"{path.relative_to(tmp_path / 'photos')},{label},{of}" for path, label, of in rows]
    (tmp_path / "photos" / "metadata.csv").write_text("file_name,label,split\n" + "\n".join(lines) + "\n")
    manifest = FolderSource(str(tmp_path / "photos")).build(tmp_path / "cache")
    assert manifest.class_names == ("cat", "dog")
    assert set(manifest.table["split"]) == {"", split}


def test_two_classes_may_hold_a_word_of_splits(tmp_path: Path) -> None:
    for name in ("train", "test_tube", "bus"):
        pictures(tmp_path / "photos" / name)
    assert FolderSource(str(tmp_path / "photos")).build(tmp_path / "cache").class_names == ("bus", "test_tube", "train")


@pytest.mark.parametrize(
    "folders",
    [
        ("train/images", "train/labels", "test/images", "test/labels"),
        ("images/train", "images/val", "labels/train", "labels/val"),
        ("images", "masks"),
        ("JPEGImages", "Annotations", "SegmentationClass"),
    ],
)
def test_datasets_of_detection_and_segmentation_are_told_from_classes(tmp_path: Path, folders: tuple[str, ...]) -> None:
    for folder in folders:
        pictures(tmp_path / "photos" / folder)
    with pytest.raises(DataError, match="dataset for detection or segmentation, and a classifier needs one label"):
        FolderSource(str(tmp_path / "photos")).build(tmp_path / "cache")
