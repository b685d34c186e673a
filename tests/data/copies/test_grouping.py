import io
import logging
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pandas as pd
import pytest
import skimage.data
from numpy.typing import NDArray
from PIL import Image

from assay.data.build import Records, build_manifest
from assay.data.copies.grouping import copies_of, with_copies_grouped
from assay.data.manifest import Manifest
from assay.data.splits import assign_splits

Picture = NDArray[np.uint8]


def photographs() -> list[Picture]:
    """Quarters of photographs that come with scikit-image, 32 different pictures."""
    quarters = []
    for name in ("astronaut", "chelsea", "coffee", "rocket", "camera", "coins", "page", "brick"):
        photo = getattr(skimage.data, name)()
        photo = photo if photo.ndim == 3 else np.repeat(photo[..., None], 3, axis=2)
        height, width = (side // 2 for side in photo.shape[:2])
        quarters += [photo[y : y + height, x : x + width] for y in (0, height) for x in (0, width)]
    return [np.ascontiguousarray(quarter) for quarter in quarters]


def manifest(
    folder: Path, pictures: list[Picture], copies: dict[str, Picture], splits: list[str] | None = None
) -> Manifest:
    folder.mkdir(exist_ok=True)
    paths = []
    for index, picture in enumerate(pictures):
        paths.append(folder / f"{index:03}.png")
        Image.fromarray(picture).save(paths[-1])
    for name, picture in copies.items():
        paths.append(folder / f"{name}.png")
        Image.fromarray(picture).save(paths[-1], compress_level=1)
    labels = ["even" if index % 2 else "odd" for index in range(len(pictures))]
    labels += [labels[int(name.split("_")[0])] for name in copies]
    table = pd.DataFrame({"path": [str(path) for path in paths], "label": labels})
    if splits is not None:
        table["split"] = splits
    return build_manifest(Records(table), folder / "cache", where=str(folder))


def jpeg(picture: Picture, quality: int) -> Picture:
    written = io.BytesIO()
    Image.fromarray(picture).save(written, "JPEG", quality=quality)
    return np.asarray(Image.open(written))


def cut(picture: Picture) -> Picture:
    height, width = picture.shape[:2]
    inner = picture[height // 100 : height - height // 100, width // 100 : width - width // 100]
    return cv2.resize(inner, (width, height)).astype(np.uint8)


CHANGES: dict[str, Callable[[Picture], Picture]] = {
    "saved again": lambda picture: picture,
    "compressed": lambda picture: jpeg(picture, 60),
    "a thumbnail": lambda picture: np.asarray(Image.fromarray(picture).resize((96, 72))),
    "mirrored": lambda picture: np.ascontiguousarray(picture[:, ::-1]),
    "turned": lambda picture: np.ascontiguousarray(np.rot90(picture)),
    "darker": lambda picture: (picture * 0.8).astype(np.uint8),
    "warmer": lambda picture: np.clip(picture * np.array([1.1, 1.0, 0.9]), 0, 255).astype(np.uint8),
    "cut by 2 % and resized": cut,
    "cut, mirrored and compressed": lambda picture: jpeg(np.ascontiguousarray(cut(picture)[:, ::-1]), 80),
}


@pytest.mark.parametrize("change", CHANGES)
def test_copies_of_a_picture_are_one_group_and_different_pictures_are_not(tmp_path: Path, change: str) -> None:
    pictures = photographs()
    copies = {f"{index}_copy": CHANGES[change](pictures[index]) for index in range(24)}
    grouped = with_copies_grouped(manifest(tmp_path / "data", pictures, copies), tmp_path / "data/cache", "perceptual")
    groups = grouped.groups
    together = sum(groups[index] == groups[len(pictures) + index] for index in range(24))
    assert together >= 23
    assert len(set(groups)) == len(groups) - together


def test_a_division_puts_no_copy_on_the_other_side(tmp_path: Path) -> None:
    pictures = photographs()
    copies = {f"{index}_jpeg": jpeg(picture, 75) for index, picture in enumerate(pictures)}
    images = manifest(tmp_path / "data", pictures, copies)

    def straddling(divided: Manifest) -> int:
        splits = dict(zip((path.stem for path in divided.paths), divided.table["split"], strict=True))
        return sum(splits[f"{index:03}"] != splits[f"{index}_jpeg"] for index in range(len(pictures)))

    assert straddling(assign_splits(images)) > 5
    assert straddling(assign_splits(with_copies_grouped(images, tmp_path / "data/cache", "bytes"))) > 5
    assert straddling(assign_splits(with_copies_grouped(images, tmp_path / "data/cache", "pixels"))) > 5
    assert straddling(assign_splits(with_copies_grouped(images, tmp_path / "data/cache", "perceptual"))) == 0


def test_the_same_pixels_in_other_bytes_are_copies_by_pixels(tmp_path: Path) -> None:
    pictures = photographs()
    images = manifest(tmp_path / "data", pictures, {"3_copy": pictures[3], "5_copy": jpeg(pictures[5], 80)})
    copies = copies_of(images, tmp_path / "data/cache", "pixels")
    assert copies.leader[len(pictures)] == 3
    assert (copies.images, copies.pictures) == (2, 1)
    assert copies_of(images, tmp_path / "data/cache", "bytes").images == 0


def test_copies_in_two_given_splits_stay_there_and_are_told(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    pictures = photographs()
    splits = ["train"] * len(pictures) + ["test", "test"]
    copies = {"3_copy": jpeg(pictures[3], 80), "5_copy": jpeg(pictures[5], 80)}
    images = manifest(tmp_path / "data", pictures, copies, splits)
    with caplog.at_level(logging.WARNING):
        grouped = with_copies_grouped(images, tmp_path / "data/cache", "perceptual")
    assert "2 pairs of copies have different given splits" in caplog.text
    assert grouped.table["split"].tolist() == splits
    assert len(set(grouped.groups)) == len(splits)


def test_discs_of_one_kind_are_no_copies_of_each_other(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    pictures = []
    for index in range(60):
        picture = np.full((48, 48, 3), 128, np.uint8)
        x, y = rng.integers(12, 36, 2).tolist()
        cv2.circle(picture, (x, y), 5 + 5 * (index % 2), (230, 230, 230), -1)
        pictures.append(np.clip(picture + rng.normal(0, 4, picture.shape), 0, 255).astype(np.uint8))
    images = manifest(tmp_path / "data", pictures, {})
    assert copies_of(images, tmp_path / "data/cache", "perceptual").images == 0
