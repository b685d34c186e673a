"""Lay out real and generated solar cells for `data=exposr`: `python prepare.py GENERATED_FOLDER OUT_FOLDER [pca]`.

The generators learned from 70 % of the cells; test holds real cells of the other 30 % only. Of each generator
the last two pictures of every five go to test. All files are grey PNGs of 64 pixels, written by one encoder.
With the word `pca` a further generator is made: draws of a Gaussian over 200 principal components of the 70 %.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path

import cv2
import numpy as np

SIDE = 64
DRAWN = 1600


def main(generated: Path, out: Path, *, pca: bool = False) -> None:
    """Write the folders; what is there already stays."""
    cells = _cells()
    if pca:
        targets = [_target(out, "pca", place, f"{place}.png") for place in range(DRAWN)]
        if not all(target.exists() for target in targets):
            drawn = _drawn(np.stack([_small(path) for path in cells["train"]]))
            for pixels, target in zip(drawn, targets, strict=True):
                _write(target, partial(_itself, pixels))
    for split, paths in cells.items():
        for path in paths:
            _write(out / split / "real" / f"{path.stem}.png", partial(_small, path))
    for generator in sorted(path for path in generated.iterdir() if path.is_dir()):
        for place, path in enumerate(sorted(generator.rglob("*.png"))):
            name = "-".join(path.relative_to(generator).with_suffix(".png").parts)
            _write(_target(out, generator.name, place, name), partial(_grey, path))


def _target(out: Path, generator: str, place: int, name: str) -> Path:
    return out / ("test" if place % 5 > 2 else "train") / "generated" / generator / name


def _cells() -> dict[str, list[Path]]:
    """The cells that the generators learned from, as train, and the others, as test."""
    import elpv_dataset

    folder = Path(elpv_dataset.__file__).parent / "data"
    names = [line.split()[0] for line in (folder / "labels.csv").read_text(encoding="utf-8").splitlines()]
    order = np.random.default_rng(0).permutation(len(names))
    cut = int(0.7 * len(names))
    return {
        split: [folder / names[place] for place in places]
        for split, places in (("train", order[:cut]), ("test", order[cut:]))
    }


def _drawn(cells: np.ndarray) -> np.ndarray:
    """uint8 [1600, 64, 64], draws of a Gaussian that was fitted in the space of 200 principal components."""
    rows = cells.reshape(len(cells), -1).astype(np.float64)
    mean = rows.mean(0)
    _, values, components = np.linalg.svd(rows - mean, full_matrices=False)
    spread = values[:200] / np.sqrt(len(rows))
    drawn = mean + (np.random.default_rng(1).normal(size=(DRAWN, 200)) * spread) @ components[:200]
    return np.clip(np.rint(drawn), 0, 255).astype(np.uint8).reshape(-1, *cells.shape[1:])


def _small(path: Path) -> np.ndarray:
    pixels = _grey(path).astype(np.float32)
    return np.clip(np.rint(cv2.resize(pixels, (SIDE, SIDE), interpolation=cv2.INTER_AREA)), 0, 255).astype(np.uint8)


def _grey(path: Path) -> np.ndarray:
    return cv2.imread(str(path), cv2.IMREAD_GRAYSCALE)


def _itself(pixels: np.ndarray) -> np.ndarray:
    return pixels


def _write(path: Path, pixels: Callable[[], np.ndarray]) -> None:
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        cv2.imwrite(str(path), pixels())


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]), pca="pca" in sys.argv[3:])
