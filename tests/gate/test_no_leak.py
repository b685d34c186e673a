"""No candidate passes that learned from copies of its test pictures, whatever was done to them."""

from __future__ import annotations

import io
import re
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
from assay.gate.case import Case
from assay.gate.checks.no_leak import NoLeak
from assay.gate.measured_run import MeasuredRun
from assay.gate.verdict import CheckResult
from assay.tracking.store import TrackingStore
from finished import Finished

Picture = NDArray[np.uint8]
TESTED = 12


def jpeg(picture: Picture, quality: int) -> Picture:
    written = io.BytesIO()
    Image.fromarray(picture).save(written, "JPEG", quality=quality)
    return np.asarray(Image.open(written))


def cut(picture: Picture) -> Picture:
    height, width = picture.shape[:2]
    y, x = round(0.02 * height), round(0.02 * width)
    return np.asarray(cv2.resize(picture[y:-y, x:-x], (width, height)), dtype=np.uint8)


def framed(picture: Picture, grey: int) -> Picture:
    return np.asarray(cv2.copyMakeBorder(picture, *[20] * 4, cv2.BORDER_CONSTANT, value=(grey,) * 3), dtype=np.uint8)


CHANGES: dict[str, Callable[[Picture], Picture]] = {
    "cut by 2 % and scaled back": cut,
    "mirrored": lambda picture: np.ascontiguousarray(picture[:, ::-1]),
    "JPEG 40": lambda picture: jpeg(picture, 40),
    "turned by 90°": lambda picture: np.ascontiguousarray(np.rot90(picture)),
    "framed in white": lambda picture: framed(picture, 255),
    "framed in black": lambda picture: framed(picture, 0),
    "lightened": lambda picture: np.asarray(255 * (picture / 255) ** 0.7, dtype=np.uint8),
    "cut, mirrored and compressed": lambda picture: jpeg(np.ascontiguousarray(cut(picture)[:, ::-1]), 60),
}


def photographs() -> list[Picture]:
    """32 parts of photographs that do not overlap."""
    quarters = []
    for name in ("astronaut", "chelsea", "coffee", "rocket", "camera", "coins", "page", "brick"):
        photo = np.asarray(getattr(skimage.data, name)())
        photo = photo if photo.ndim == 3 else np.repeat(photo[..., None], 3, axis=2)
        height, width = (side // 2 for side in photo.shape[:2])
        quarters += [photo[y : y + height, x : x + width] for y in (0, height) for x in (0, width)]
    order = np.random.default_rng(0).permutation(len(quarters))
    return [np.ascontiguousarray(quarters[index]) for index in order]


def cells() -> list[Picture]:
    """100 solar cells, look-alikes that nobody copied."""
    package = pytest.importorskip("elpv_dataset")
    files = sorted((Path(package.__file__).parent / "data/images").glob("*.png"))[::26]
    return [np.asarray(Image.open(file).convert("RGB")) for file in files]


def judged(
    run: Finished, folder: Path, tested: list[Picture], learned: dict[str, Picture], gone: tuple[str, ...] = ()
) -> CheckResult:
    """What the check says of a run that was trained on some pictures and tested on others; some are gone since."""
    own = run.copied(folder)
    pictures = {**{f"test{index:02}": picture for index, picture in enumerate(tested)}, **learned}
    rows = []
    for name, picture in pictures.items():
        path = folder / f"{name}.png"
        Image.fromarray(picture).save(path)
        split = "test" if name.startswith("test") else "train"
        rows.append({"path": str(path), "label": "ab"[len(rows) % 2], "split": split})
    manifest = build_manifest(Records(pd.DataFrame(rows)), folder / "cache", where=str(folder))
    manifest.save(own.folder / "manifest.parquet")
    for name in gone:
        (folder / f"{name}.png").unlink()
    store = TrackingStore(f"sqlite:///{folder}/mlflow.db", work=f"{folder}/work")
    return NoLeak()(Case("photos", MeasuredRun(store.find(own.run_id)), None))


@pytest.mark.parametrize("change", CHANGES)
def test_a_training_on_copies_of_the_test_pictures_is_refused_with_each_name(
    finished_run: Finished, tmp_path: Path, change: str
) -> None:
    pictures = photographs()
    learned = {f"copy{index:02}": CHANGES[change](pictures[index]) for index in range(TESTED)}
    learned |= {f"other{index:02}": picture for index, picture in enumerate(pictures[TESTED:])}
    result = judged(finished_run, tmp_path, pictures[:TESTED], learned)
    assert not result.passed
    missing = [i for i in range(TESTED) if f"test{i:02}.png is copy{i:02}.png in train" not in result.found]
    assert not missing
    assert not re.search(r"other\d", result.found)


@pytest.mark.parametrize("kind", [photographs, cells])
def test_a_training_on_unrelated_pictures_of_the_same_kind_passes(
    finished_run: Finished, tmp_path: Path, kind: Callable[[], list[Picture]]
) -> None:
    pictures = kind()
    learned = {f"other{index:02}": picture for index, picture in enumerate(pictures[TESTED:])}
    result = judged(finished_run, tmp_path, pictures[:TESTED], learned)
    assert result.passed, result.found


def test_a_training_whose_pictures_are_gone_cannot_be_checked(finished_run: Finished, tmp_path: Path) -> None:
    pictures = photographs()
    learned = {f"other{index:02}": picture for index, picture in enumerate(pictures[TESTED:])}
    result = judged(finished_run, tmp_path, pictures[:TESTED], learned, gone=("other03",))
    assert (result.passed, "other03.png: cannot be read" in result.found) == (False, True)
