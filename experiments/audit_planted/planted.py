"""What is planted into pictures, and the pictures that it is planted into."""

from __future__ import annotations

import gzip
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import skimage.data
import sklearn.datasets
from numpy.typing import NDArray
from PIL import Image

Picture = NDArray[np.uint8]
FASHION = Path("/usr/share/datasets/fashion-mnist")  # Debian's package dataset-fashion-mnist
PHOTOGRAPHS = (
    "astronaut",
    "chelsea",
    "coffee",
    "rocket",
    "camera",
    "coins",
    "page",
    "brick",
    "grass",
    "gravel",
    "moon",
)


def resized(picture: Picture, share: float) -> Picture:
    """Scaled down."""
    height, width = picture.shape[:2]
    small = cv2.resize(picture, (round(width * share), round(height * share)), interpolation=cv2.INTER_AREA)
    return np.asarray(small, dtype=np.uint8)


def cropped(picture: Picture, share: float) -> Picture:
    """The middle, `share` of each side."""
    height, width = picture.shape[:2]
    y, x = round(height * (1 - share) / 2), round(width * (1 - share) / 2)
    return np.ascontiguousarray(picture[y : height - y, x : width - x])


def bordered(picture: Picture) -> Picture:
    """With a white border of 8 % of the side at each end."""
    by = max(1, round(0.08 * picture.shape[0]))
    return np.asarray(cv2.copyMakeBorder(picture, by, by, by, by, cv2.BORDER_CONSTANT, value=(255, 255, 255)), np.uint8)


def watermarked(picture: Picture) -> Picture:
    """With half transparent words across the lower right quarter."""
    height, width = picture.shape[:2]
    layer = picture.copy()
    scale = width / 260
    place = (round(0.45 * width), round(0.85 * height))
    cv2.putText(layer, "PREVIEW", place, cv2.FONT_HERSHEY_SIMPLEX, scale, (255, 255, 255), max(1, round(3 * scale)))
    return np.asarray(cv2.addWeighted(layer, 0.5, picture, 0.5, 0), dtype=np.uint8)


def grey(picture: Picture) -> Picture:
    """Without its colours."""
    return np.repeat(cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY)[..., None], 3, axis=2).astype(np.uint8)


def quartered(picture: Picture) -> Picture:
    """Its upper left quarter."""
    height, width = picture.shape[:2]
    return np.ascontiguousarray(picture[: height // 2, : width // 2])


def blurred(picture: Picture) -> Picture:
    """As out of focus, by a hundredth of the side and at least a pixel."""
    return np.asarray(cv2.GaussianBlur(picture, (0, 0), max(1.0, 0.01 * picture.shape[0])), dtype=np.uint8)


CHANGES: dict[str, tuple[Callable[[Picture], Picture], str, int]] = {
    "recompressed": (lambda picture: picture, ".jpg", 50),
    "resized": (lambda picture: resized(picture, 0.5), ".png", 0),
    "cropped 90 %": (lambda picture: cropped(picture, 0.9), ".png", 0),
    "flipped": (lambda picture: np.ascontiguousarray(picture[:, ::-1]), ".png", 0),
    "rotated": (lambda picture: np.ascontiguousarray(np.rot90(picture)), ".png", 0),
    "bordered": (bordered, ".png", 0),
    "watermarked": (watermarked, ".jpg", 90),
    "grey": (grey, ".jpg", 90),
    "quartered": (quartered, ".png", 0),
}
"""Name -> what is done, and how the copy is saved: its ending and, for JPEG, its quality."""


def write(picture: Picture, path: Path, quality: int = 0) -> Path:
    """Save a picture; returns its path."""
    path.parent.mkdir(parents=True, exist_ok=True)
    options = {"quality": quality} if quality else {"compress_level": 1}
    Image.fromarray(picture).save(path, **options)
    return path


def solar_cells() -> tuple[list[Picture], list[str]]:
    """2,624 cells of the package elpv-dataset, 300 pixels wide, with their probability of a defect."""
    import elpv_dataset

    folder = Path(elpv_dataset.__file__).parent / "data"
    rows = [line.split() for line in (folder / "labels.csv").read_text().splitlines()]
    return [np.asarray(Image.open(folder / row[0]).convert("RGB")) for row in rows], [row[1] for row in rows]


def garments(count: int) -> tuple[list[Picture], list[str]]:
    """Pictures of Fashion-MNIST, 28 pixels wide, with their class."""
    raw = {}
    for part, start in (("images-idx3", 16), ("labels-idx1", 8)):
        data = gzip.decompress((FASHION / f"t10k-{part}-ubyte.gz").read_bytes())
        raw[part] = np.frombuffer(data, np.uint8, offset=start)
    pictures = raw["images-idx3"].reshape(-1, 28, 28)[:count]
    return [np.repeat(picture[..., None], 3, axis=2) for picture in pictures], raw["labels-idx1"][:count].astype(
        str
    ).tolist()


def pieces() -> tuple[list[Picture], list[str]]:
    """Pieces of photographs of scikit-image and scikit-learn that do not overlap; the photograph is the class."""
    photographs = {}
    for name in PHOTOGRAPHS:
        try:
            photographs[name] = np.asarray(getattr(skimage.data, name)())
        except (OSError, ModuleNotFoundError, AttributeError):  # comes with a download alone
            continue
    photographs |= dict(zip(("china", "flower"), sklearn.datasets.load_sample_images().images, strict=True))
    pictures, labels = [], []
    for name, photograph in photographs.items():
        rgb = photograph if photograph.ndim == 3 else np.repeat(photograph[..., None], 3, axis=2)
        side = max(96, min(rgb.shape[:2]) // 5)
        for y in range(0, rgb.shape[0] - side + 1, side):
            for x in range(0, rgb.shape[1] - side + 1, side):
                piece = np.ascontiguousarray(rgb[y : y + side, x : x + side, :3]).astype(np.uint8)
                if piece.std() > 8:
                    pictures.append(piece)
                    labels.append(name)
    return pictures, labels
