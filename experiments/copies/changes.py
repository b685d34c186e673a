"""What people do to pictures, by name: each gives a copy of uint8 [H, W, 3]."""

from __future__ import annotations

import io
from collections.abc import Callable

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image

Picture = NDArray[np.uint8]


def jpeg(picture: Picture, quality: int) -> Picture:
    """Compressed and read again."""
    written = io.BytesIO()
    Image.fromarray(picture).save(written, "JPEG", quality=quality)
    return np.asarray(Image.open(written).convert("RGB"))


def cut(picture: Picture, share: float) -> Picture:
    """Without `share` of each side, half of it at each end, and scaled back."""
    height, width = picture.shape[:2]
    y, x = round(height * share / 2), round(width * share / 2)
    return scaled(picture[y : height - y, x : width - x], width, height)


def corner(picture: Picture, share: float) -> Picture:
    """Without `share` of each side at one corner, and scaled back."""
    height, width = picture.shape[:2]
    return scaled(picture[round(height * share) :, round(width * share) :], width, height)


def framed(picture: Picture, share: float, grey: int) -> Picture:
    """With an even border of `share` of the side at each end."""
    by = round(picture.shape[0] * share)
    bordered = cv2.copyMakeBorder(picture, by, by, by, by, cv2.BORDER_CONSTANT, value=(grey, grey, grey))
    return np.asarray(bordered, dtype=np.uint8)


def scaled(picture: Picture, width: int, height: int) -> Picture:
    """Of another size."""
    return np.asarray(cv2.resize(picture, (width, height), interpolation=cv2.INTER_AREA), dtype=np.uint8)


def smaller(picture: Picture, share: float) -> Picture:
    """Scaled down."""
    height, width = picture.shape[:2]
    return scaled(picture, round(width * share), round(height * share))


def toned(picture: Picture, function: Callable[[NDArray[np.float64]], NDArray[np.float64]]) -> Picture:
    """With other tones, 0 to 1."""
    return np.asarray(np.clip(255 * function(picture / 255.0), 0, 255), dtype=np.uint8)


CHANGES: dict[str, Callable[[Picture], Picture]] = {
    "saved again": lambda picture: picture,
    "JPEG 60": lambda picture: jpeg(picture, 60),
    "JPEG 40": lambda picture: jpeg(picture, 40),
    "JPEG 20": lambda picture: jpeg(picture, 20),
    "half the size": lambda picture: smaller(picture, 0.5),
    "a third of the size": lambda picture: smaller(picture, 1 / 3),
    "mirrored": lambda picture: np.ascontiguousarray(picture[:, ::-1]),
    "turned by 90°": lambda picture: np.ascontiguousarray(np.rot90(picture, -1)),
    "turned by 180°": lambda picture: np.ascontiguousarray(picture[::-1, ::-1]),
    "cut by 2 %": lambda picture: cut(picture, 0.02),
    "cut by 4 %": lambda picture: cut(picture, 0.04),
    "cut by 10 %": lambda picture: cut(picture, 0.10),
    "cut by 2 % at a corner": lambda picture: corner(picture, 0.02),
    "framed, 5 % black": lambda picture: framed(picture, 0.05, 0),
    "framed, 12 % white": lambda picture: framed(picture, 0.12, 255),
    "framed, 20 % grey": lambda picture: framed(picture, 0.20, 128),
    "darker": lambda picture: toned(picture, lambda tones: 0.8 * tones),
    "gamma 0.7": lambda picture: toned(picture, lambda tones: tones**0.7),
    "more contrast": lambda picture: toned(picture, lambda tones: 0.5 + 1.2 * (tones - 0.45)),
    "warmer": lambda picture: toned(picture, lambda tones: tones * np.array([1.1, 1.0, 0.9])),
    "cut, mirrored, JPEG 60": lambda picture: jpeg(np.ascontiguousarray(cut(picture, 0.02)[:, ::-1]), 60),
    "framed, JPEG 40": lambda picture: jpeg(framed(picture, 0.08, 255), 40),
}
