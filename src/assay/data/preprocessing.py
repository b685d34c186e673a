"""Preprocessing: the one way from a decoded picture to the square that a model sees, wherever it is looked at."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Literal, get_args

import cv2
import numpy as np
from numpy.typing import NDArray

from assay.errors import ConfigError, did_you_mean
from assay.files import digest_of

ByteImage = NDArray[np.uint8]
Resize = Literal["squash", "crop", "letterbox", "native"]

# Counts up whenever the pixels of some picture change, so that nothing computed from the former ones is taken for new.
VERSION = 1
# The mean colour of ImageNet: close to zero after every usual normalisation, where black is a strong signal.
PADDING = (124, 116, 104)


@dataclass(frozen=True)
class Preprocessing:
    """Brings a picture of any size to a square.

    Attributes:
        size: side of the square, in pixels.
        resize: "squash" scales each side by itself; "crop" takes the central square (the same as scaling the shortest
            side and cutting the middle out); "letterbox" scales the longest side and pads with `PADDING` on both sides;
            "native" cuts out the middle without scaling, and mirrors a picture that is too small at its edges, so that
            the traces of how it was made stay as they are.
    """

    size: int = 224
    resize: Resize = "squash"

    def __post_init__(self) -> None:
        if self.size < 1:
            raise ConfigError(f"preprocessing: size must be at least 1 pixel, got {self.size}")
        if self.resize not in get_args(Resize):
            raise ConfigError(
                f"preprocessing: resize={self.resize}: no such option; {did_you_mean(self.resize, get_args(Resize))}"
            )

    def __call__(self, image: ByteImage) -> ByteImage:
        """Uint8 RGB [H, W, 3] to a contiguous uint8 [size, size, 3]; the input is left alone."""
        if self.resize == "letterbox":
            return _letterbox(image, self.size)
        if self.resize == "native":
            return _native(image, self.size)
        if self.resize == "crop":
            image = _central_square(image)
        return np.ascontiguousarray(resample(image, self.size, self.size))

    @property
    def digest(self) -> str:
        """Hex sha256 that differs between two preprocessings whenever their pixels can."""
        return digest_of({"preprocessing": asdict(self), "version": VERSION})


def resample(image: ByteImage, height: int, width: int) -> ByteImage:
    """Uint8 [H, W, 3] to [height, width, 3]; may return the input itself.

    A side that shrinks is averaged over areas, one that grows is interpolated cubically. OpenCV averages only when no
    side grows, hence the two steps.
    """
    resampled: cv2.typing.MatLike = image
    smaller = min(image.shape[0], height), min(image.shape[1], width)
    if smaller != image.shape[:2]:
        resampled = cv2.resize(resampled, smaller[::-1], interpolation=cv2.INTER_AREA)
    if smaller != (height, width):
        resampled = cv2.resize(resampled, (width, height), interpolation=cv2.INTER_CUBIC)
    return resampled.astype(np.uint8, copy=False)


def _central_square(image: ByteImage) -> ByteImage:
    height, width = image.shape[:2]
    side = min(height, width)
    top, left = (height - side) // 2, (width - side) // 2
    return image[top : top + side, left : left + side]


def _native(image: ByteImage, size: int) -> ByteImage:
    height, width = image.shape[:2]
    top, left = max(0, height - size) // 2, max(0, width - size) // 2
    cut = image[top : top + size, left : left + size]
    below, right = size - cut.shape[0], size - cut.shape[1]
    if below or right:
        edges = ((below // 2, below - below // 2), (right // 2, right - right // 2), (0, 0))
        cut = np.pad(cut, edges, mode="symmetric")
    return np.ascontiguousarray(cut)


def _letterbox(image: ByteImage, size: int) -> ByteImage:
    scale = size / max(image.shape[:2])
    height, width = (max(1, round(side * scale)) for side in image.shape[:2])
    square = np.empty((size, size, 3), dtype=np.uint8)
    square[:] = PADDING
    top, left = (size - height) // 2, (size - width) // 2
    square[top : top + height, left : left + width] = resample(image, height, width)
    return square
