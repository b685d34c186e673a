"""How many copies are met, by what was done to them, and how many pictures are joined that nobody copied.

python experiments/copies/recall.py    # solar cells where elpv-dataset is installed, and photographs
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

import numpy as np
import skimage.data
import sklearn.datasets
from changes import CHANGES, Picture
from numpy.typing import NDArray
from PIL import Image

from assay.data.copies.faces import Faces
from assay.data.copies.frame import without_frame
from assay.data.copies.judged import Judged, judged_pairs
from assay.data.image import read_image
from assay.data.perceptual_hash import thumbnail

EACH = 30
PHOTOGRAPHS = ("astronaut", "chelsea", "coffee", "rocket", "camera", "coins", "page", "brick", "grass", "gravel")
PHOTOGRAPHS += ("hubble_deep_field", "immunohistochemistry", "retina", "moon", "text")


def solar_cells() -> tuple[list[Picture], NDArray[np.intp]]:
    """2,624 cells of the package elpv-dataset, and their degree of defect as a class."""
    import elpv_dataset

    folder = Path(elpv_dataset.__file__).parent / "data"
    rows = [line.split() for line in (folder / "labels.csv").read_text().splitlines()]
    labels = np.unique([row[1] for row in rows], return_inverse=True)[1]
    return [read_image(str(folder / row[0])) for row in rows], labels


def pieces() -> tuple[list[Picture], NDArray[np.intp]]:
    """Pieces of photographs of scikit-image and scikit-learn that do not overlap; the photograph is the class."""
    photographs = []
    for name in PHOTOGRAPHS:
        try:
            photographs.append(np.asarray(getattr(skimage.data, name)()))
        except (OSError, ModuleNotFoundError, AttributeError):  # comes with a download alone
            continue
    photographs += list(sklearn.datasets.load_sample_images().images)
    found, labels = [], []
    for index, photograph in enumerate(photographs):
        rgb = photograph if photograph.ndim == 3 else np.repeat(photograph[..., None], 3, axis=2)
        side = max(64, min(rgb.shape[:2]) // 5)
        for y in range(0, rgb.shape[0] - side + 1, side):
            for x in range(0, rgb.shape[1] - side + 1, side):
                piece = np.ascontiguousarray(rgb[y : y + side, x : x + side, :3]).astype(np.uint8)
                if piece.std() > 5:
                    found.append(piece)
                    labels.append(index)
    return found, np.array(labels)


def judged(
    pictures: list[Picture], labels: NDArray[np.intp], folder: Path, sets: NDArray[np.intp] | None = None
) -> Judged:
    """The search on pictures that are written to a folder."""
    greys = np.stack([thumbnail(np.ascontiguousarray(without_frame(picture))) for picture in pictures])
    paths = [str(folder / f"{index}.png") for index in range(len(pictures))]
    for path, picture in zip(paths, pictures, strict=True):
        Image.fromarray(picture).save(path, compress_level=1)
    return judged_pairs(Faces(greys), labels, paths, sets)


def record(name: str, originals: list[Picture], labels: NDArray[np.intp], folder: Path) -> None:
    """Print one dataset's table."""
    each = min(EACH, len(originals) // len(CHANGES))
    drawn = np.random.default_rng(0).permutation(len(originals))[: each * len(CHANGES)].reshape(len(CHANGES), each)
    copies = [change(originals[row]) for change, rows in zip(CHANGES.values(), drawn, strict=True) for row in rows]
    of = np.concatenate([np.arange(len(originals)), drawn.ravel()])
    sets = (np.arange(len(of)) >= len(originals)).astype(np.intp)
    alone = judged(originals, labels, folder)
    both = judged(originals + copies, labels[of], folder, sets)
    pairs = both.pairs.where(both.accepted)
    right = of[pairs.first] == of[pairs.second]
    met = np.zeros(len(of), dtype=bool)
    met[pairs.second[right]] = True
    recall = met[len(originals) :].reshape(len(CHANGES), each).mean(axis=1)
    highest = np.sort(alone.likeness[~np.isnan(alone.likeness)])[-1:]
    print(f"\n{name}: {len(originals):,} pictures, {each} copies of each kind\n\n| change | recall |\n| --- | --- |")
    for change, share in zip(CHANGES, recall, strict=True):
        print(f"| {change} | {share:.2f} |")
    print(f"\nLikeness that is asked for: {alone.least:.4f}; the most alike of the originals: {highest}.")
    print(f"Pairs of originals joined: {int(alone.accepted.sum())}; of copies with another: {int((~right).sum())}.")
    sys.stdout.flush()


def main() -> None:
    """Print the tables."""
    with tempfile.TemporaryDirectory() as folder:
        record("Photographs", *pieces(), Path(folder))
        try:
            cells = solar_cells()
        except ImportError:
            print("elpv-dataset is not installed")
            return
        record("Solar cells", *cells, Path(folder))


if __name__ == "__main__":
    main()
