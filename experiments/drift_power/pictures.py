"""Solar cells as they are and as they may come to be: statistics and embeddings of each, kept in one file."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

TRAIN = 600
VARIED = 1000
"""Cells that are changed in each way; as many as a window is drawn from."""
COMPONENTS = 60
"""Principal components of pixels, by which the generator draws."""
SEED = 0


@dataclass(frozen=True)
class Pictures:
    """N pictures of one kind.

    Attributes:
        statistics: float32 [N, 6], those of `assay.data.quality`.
        embeddings: float32 [N, 1280], by lite0.
        rows: [N], which cell each is made of; -1 for generated ones.
    """

    statistics: NDArray[np.float32]
    embeddings: NDArray[np.float32]
    rows: NDArray[np.int64]

    def take(self, chosen: NDArray[np.integer]) -> Pictures:
        """Some of them, by place."""
        return Pictures(self.statistics[chosen], self.embeddings[chosen], self.rows[chosen])


@dataclass(frozen=True)
class Cells:
    """All cells and their changed forms.

    Attributes:
        kinds: "cells" as they are, [2624]; each change, [1000] of cells that the model has not learned from.
        grade: [2624], 0 to 3: probability of a defect 0, 1/3, 2/3, 1.
        mono: bool [2624].
        train: rows that the model learns from.
        rest: all other rows.
    """

    kinds: dict[str, Pictures]
    grade: NDArray[np.int64]
    mono: NDArray[np.bool_]
    train: NDArray[np.int64]
    rest: NDArray[np.int64]


def load_cells(file: Path) -> Cells:
    """From the file, or made and written there; making takes some minutes."""
    from elpv_dataset.utils import load_dataset

    pictures, grades, types = load_dataset()
    order = np.random.default_rng(SEED).permutation(len(pictures))
    train, rest = np.sort(order[:TRAIN]), np.sort(order[TRAIN:])
    varied = np.sort(order[TRAIN : TRAIN + VARIED])
    if not file.is_file():
        write_kinds(file, pictures, train, varied)
    stored = np.load(file)
    names = sorted({name.split("/")[0] for name in stored.files})
    kinds = {
        name: Pictures(stored[f"{name}/statistics"], stored[f"{name}/embeddings"], stored[f"{name}/rows"])
        for name in names
    }
    return Cells(kinds, np.round(grades * 3).astype(np.int64), types == "mono", train, rest)


def write_kinds(file: Path, pictures: NDArray[np.uint8], train: NDArray[np.int64], varied: NDArray[np.int64]) -> None:
    """Make every kind, measure and embed it, and write all of it."""
    from assay.data.quality import statistics_of

    rgb = [cv2.cvtColor(picture, cv2.COLOR_GRAY2RGB) for picture in pictures]
    kinds = {"cells": (rgb, np.arange(len(rgb)))}
    for name, corruption in corruptions().items():
        rng = np.random.default_rng([SEED, len(kinds)])
        kinds[name] = ([corruption.corrupt(rgb[row], rng) for row in varied], varied)
    kinds["generator"] = (generated(pictures[train], VARIED), np.full(VARIED, -1))
    arrays = {}
    with tempfile.TemporaryDirectory() as folder:
        for name, (made, rows) in kinds.items():
            print(f"{name}: {len(made)} pictures", flush=True)
            arrays[f"{name}/statistics"] = np.array([statistics_of(picture) for picture in made])
            arrays[f"{name}/embeddings"] = embedded(made, Path(folder) / name)
            arrays[f"{name}/rows"] = rows
    file.parent.mkdir(parents=True, exist_ok=True)
    np.savez(file, **arrays)


def corruptions() -> dict:
    """What pictures are put through, by name, with the severity."""
    from assay.augment.corruption.brightness import Brightness
    from assay.augment.corruption.contrast import Contrast
    from assay.augment.corruption.gaussian_blur import GaussianBlur
    from assay.augment.corruption.jpeg import Jpeg
    from assay.augment.corruption.resize import Downscale

    return {
        "light": Brightness(2),
        "contrast": Contrast(2),
        "blur": GaussianBlur(3),
        "jpeg": Jpeg(3),
        "downscale": Downscale(3),
    }


def generated(pictures: NDArray[np.uint8], count: int) -> list[NDArray[np.uint8]]:
    """Cells drawn from a Gaussian in principal components of pixels: a generator that nobody has trained against."""
    from sklearn.decomposition import PCA

    flat = pictures[:, ::2, ::2].reshape(len(pictures), -1).astype(np.float32)
    analysis = PCA(COMPONENTS, random_state=SEED).fit(flat)
    scale = np.sqrt(analysis.explained_variance_)
    drawn = np.random.default_rng(SEED).standard_normal((count, COMPONENTS)) * scale
    side = pictures.shape[1] // 2
    small = np.clip(analysis.inverse_transform(drawn), 0, 255).reshape(count, side, side).astype(np.uint8)
    return [cv2.cvtColor(cv2.resize(each, (2 * side, 2 * side)), cv2.COLOR_GRAY2RGB) for each in small]


def embedded(pictures: list[NDArray[np.uint8]], folder: Path) -> NDArray[np.float32]:
    """By the default backbone, [N, 1280], in the order given."""
    from assay.config.compose import compose
    from assay.run.findings import Embeddings
    from assay.run.images import list_manifest

    rows = {}
    for row, picture in enumerate(pictures):
        path = folder / f"half{row % 2}" / f"{row:05}.png"  # a dataset has at least two classes
        path.parent.mkdir(parents=True, exist_ok=True)
        cv2.imwrite(str(path), cv2.cvtColor(picture, cv2.COLOR_RGB2BGR))
        rows[str(path)] = row
    config = compose(["data=folder", f"data.root={folder}", "data.on_conflict=drop"])
    manifest = list_manifest(config)
    vectors = Embeddings(manifest, config)(manifest)
    ordered = np.zeros((len(pictures), vectors.shape[1]), dtype=np.float32)
    ordered[[rows[path] for path in manifest.table["path"]]] = vectors
    return ordered
