"""Solar cells as they are and as they may come to be: statistics and embeddings of each, a file for each kind."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

COUNTS = {"blur": 1000, "jpeg": 1000, "light": 1000, "generator": 300, "downscale": 300}
"""Pictures of each kind, made of so many cells."""
PIXEL_COMPONENTS = 60
"""By which the generator draws."""
LEARNED, VARIED = 600, 1000
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


@dataclass(frozen=True)
class Cells:
    """All cells, and what was made of some.

    Attributes:
        kinds: "cells" as they are, [2624], and each change.
        grade: [2624], 0 to 3: probability of a defect 0, 1/3, 2/3, 1.
        mono: bool [2624], whether of a monocrystalline module.
    """

    kinds: dict[str, Pictures]
    grade: NDArray[np.int64]
    mono: NDArray[np.bool_]


def load_cells(folder: Path, kinds: list[str]) -> Cells:
    """Kinds from their files; what has none is made and written there, about ten pictures a second on one core."""
    from elpv_dataset.utils import load_dataset

    pictures, grades, types = load_dataset()
    folder.mkdir(parents=True, exist_ok=True)
    made = {}
    for name in ("cells", *kinds):
        file = folder / f"part_{name}.npz"
        if not file.is_file():
            print(f"{name}: making and embedding pictures", flush=True)
            np.savez(file, **(_cells() if name == "cells" else _kind(name, pictures)))
        stored = np.load(file)
        made[name] = Pictures(stored["statistics"], stored["embeddings"], stored["rows"])
    return Cells(made, np.round(grades * 3).astype(np.int64), types == "mono")


def _cells() -> dict[str, Any]:
    """Every cell in the order of the data set, as any command of Assay reads them."""
    from assay.config.compose import compose
    from assay.data.quality import STATISTICS
    from assay.run.findings import Embeddings
    from assay.run.images import list_manifest

    config = compose(["data=elpv"])
    manifest = list_manifest(config)
    table = manifest.table.assign(shorter_side=manifest.table[["width", "height"]].min(axis=1))
    table["aspect"] = table["width"] / table["height"]
    order = np.argsort([path.name for path in manifest.paths])
    statistics = table[list(STATISTICS)].to_numpy(dtype=np.float32)[order]
    return {
        "statistics": statistics,
        "embeddings": Embeddings(manifest, config)(manifest)[order],
        "rows": np.arange(len(order)),
    }


def _kind(name: str, pictures: NDArray[np.uint8]) -> dict[str, Any]:
    from assay.data.quality import statistics_of

    order = np.random.default_rng(SEED).permutation(len(pictures))
    learned, rows = np.sort(order[:LEARNED]), np.sort(order[LEARNED : LEARNED + VARIED])[: COUNTS[name]]
    if name == "generator":
        made, rows = _generated(pictures[learned], COUNTS[name]), np.full(COUNTS[name], -1)
    else:
        corruption, rng = _corruption(name), np.random.default_rng([SEED, len(name)])
        made = [corruption.corrupt(cv2.cvtColor(pictures[row], cv2.COLOR_GRAY2RGB), rng) for row in rows]
    with tempfile.TemporaryDirectory() as folder:
        embeddings = _embedded(made, Path(folder) / name)
    return {"statistics": np.array([statistics_of(each) for each in made]), "embeddings": embeddings, "rows": rows}


def _corruption(name: str) -> Any:
    from assay.augment.corruption.brightness import Brightness
    from assay.augment.corruption.gaussian_blur import GaussianBlur
    from assay.augment.corruption.jpeg import Jpeg
    from assay.augment.corruption.resize import Downscale

    return {"light": Brightness(2), "blur": GaussianBlur(3), "jpeg": Jpeg(3), "downscale": Downscale(3)}[name]


def _generated(pictures: NDArray[np.uint8], count: int) -> list[NDArray[np.uint8]]:
    """Cells drawn from a Gaussian in principal components of pixels: a generator that nothing has learned of."""
    from sklearn.decomposition import PCA

    flat = pictures[:, ::2, ::2].reshape(len(pictures), -1).astype(np.float32)
    analysis = PCA(PIXEL_COMPONENTS, random_state=SEED).fit(flat)
    scale = np.sqrt(analysis.explained_variance_)
    drawn = np.random.default_rng(SEED).standard_normal((count, PIXEL_COMPONENTS)) * scale
    side = pictures.shape[1] // 2
    small = np.clip(analysis.inverse_transform(drawn), 0, 255).reshape(count, side, side).astype(np.uint8)
    return [cv2.cvtColor(cv2.resize(each, (2 * side, 2 * side)), cv2.COLOR_GRAY2RGB) for each in small]


def _embedded(pictures: list[NDArray[np.uint8]], folder: Path) -> NDArray[np.float32]:
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
