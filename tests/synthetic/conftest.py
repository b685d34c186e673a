from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from assay.data.build import Records, build_manifest
from assay.data.manifest import Manifest
from assay.synthetic.fidelity.appearance import appearance_of

CLASSES = ("round", "square")


def blobs(rng: np.random.Generator, side: int = 48) -> np.ndarray:
    """A smooth random picture, uint8 [side, side, 3]: no two are alike, and none is like itself turned."""
    small = rng.uniform(20, 235, (6, 6)).astype(np.uint8)
    grey = np.asarray(Image.fromarray(small).resize((side, side), Image.Resampling.BICUBIC))
    return np.repeat(grey[..., None], 3, axis=2)


@pytest.fixture
def write_pictures(tmp_path: Path) -> Callable[..., list[Path]]:
    """Writes so many pictures into a folder of the test's own."""

    def write(folder: str, count: int, *, seed: int = 0, side: int = 48) -> list[Path]:
        rng = np.random.default_rng(seed)
        (tmp_path / folder).mkdir(parents=True, exist_ok=True)
        paths = [tmp_path / folder / f"{index:03}.png" for index in range(count)]
        for path in paths:
            Image.fromarray(blobs(rng, side)).save(path)
        return paths

    return write


@pytest.fixture
def manifest_of(tmp_path: Path) -> Callable[..., Manifest]:
    """A manifest of (paths, class, split, generator)."""
    import pandas as pd

    def make(*parts: tuple[list[Path], str, str, str]) -> Manifest:
        rows = [
            {"path": str(path), "label": name, "split": split, "generator": generator}
            for paths, name, split, generator in parts
            for path in paths
        ]
        records = Records(pd.DataFrame(rows, dtype="str"), class_names=CLASSES)
        return build_manifest(records, tmp_path / "scans", where="test")

    return make


@pytest.fixture
def look() -> Callable[[Manifest], np.ndarray]:
    return lambda manifest: appearance_of(manifest.paths)


@pytest.fixture
def feature() -> Callable[[Manifest], np.ndarray]:
    """Sixteen numbers of a picture: its appearance, projected at random."""
    directions = np.random.default_rng(9).normal(size=(256, 16)) / 300
    return lambda manifest: (appearance_of(manifest.paths) @ directions).astype(np.float32)
