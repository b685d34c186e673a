"""Real and generated solar cells: files, what is true of them, and generated ones of the walkthrough's own making."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
from PIL import Image

GRADES = ("functional", "likely functional", "likely defective", "defective")
SIDE = 64
COMPONENTS = 60
"""Principal components of a grade that a generated cell is a draw of."""


def real_cells() -> list[tuple[Path, str]]:
    """File and grade of each cell of the package elpv-dataset."""
    import elpv_dataset

    folder = Path(elpv_dataset.__file__).parent / "data"
    rows = [line.split() for line in (folder / "labels.csv").read_text(encoding="utf-8").splitlines()]
    return [(folder / row[0], GRADES[round(3 * float(row[1]))]) for row in rows]


def draw_cells(folder: Path, grades: tuple[str, ...], each: int) -> None:
    """Write `pca/GRADE/NNN.png`: draws of a Gaussian over the principal components of the real cells of each grade."""
    rng, cells = np.random.default_rng(0), real_cells()
    for grade in grades:
        rows = np.stack([_small(path) for path, known in cells if known == grade]).astype(np.float64)
        rows = rows.reshape(len(rows), -1)
        mean = rows.mean(axis=0)
        _, scale, axes = np.linalg.svd(rows - mean, full_matrices=False)
        count = min(COMPONENTS, len(rows) - 1)
        weights = rng.normal(size=(each, count)) * scale[:count] / np.sqrt(len(rows) - 1)
        drawn = np.clip(np.rint(mean + weights @ axes[:count]), 0, 255).astype(np.uint8)
        place = folder / "pca" / grade
        place.mkdir(parents=True, exist_ok=True)
        for number, pixels in enumerate(drawn.reshape(each, SIDE, SIDE)):
            Image.fromarray(pixels).save(place / f"{number:03}.png")


def _small(path: Path) -> np.ndarray:
    pixels = np.asarray(Image.open(path).convert("L"))
    return np.asarray(cv2.resize(pixels, (SIDE, SIDE), interpolation=cv2.INTER_AREA))
