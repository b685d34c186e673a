"""Delivery: the same picture as it may reach a model again: compressed, made smaller, its edges cut off."""

from __future__ import annotations

import numpy as np

from assay.augment.corruption.jpeg import jpeg
from assay.augment.policy import ImagePolicy
from assay.data.preprocessing import ByteImage, Preprocessing, Resize, resample

QUALITY, SHARE, CUT = 75, 0.75, 0.05
LONGEST = 65_500
"""Pixels of a side that a JPEG can have."""
AS_SENT = "as sent"
AGAIN = (f"JPEG, quality {QUALITY}", f"{SHARE:.0%} of each side", f"{CUT:.0%} of each side cut off")
DELIVERIES = (AS_SENT, *AGAIN)


class Delivery(ImagePolicy):
    """One way in which a picture is delivered again, then preprocessing as for any answer.

    Args:
        described: one of `AGAIN`.
    """

    def __init__(self, described: str) -> None:
        self.described = described

    def __call__(self, image: ByteImage, size: int, resize: Resize, rng: np.random.Generator) -> ByteImage:
        """The delivered picture as evaluation sees it, see `ImagePolicy`."""
        return Preprocessing(size, resize)(_MADE[self.described](image))


def delivered_again(image: ByteImage) -> list[ByteImage]:
    """The picture in each way of `AGAIN`: JPEG of quality 75, three quarters of each side, 5 % of each side cut off.

    Args:
        image: uint8 RGB [H, W, 3]; left alone.
    """
    return [make(image) for make in _MADE.values()]


def _compressed(image: ByteImage) -> ByteImage:
    height, width = image.shape[:2]
    return jpeg(resample(image, min(height, LONGEST), min(width, LONGEST)), QUALITY)


def _smaller(image: ByteImage) -> ByteImage:
    height, width = image.shape[:2]
    return resample(image, *(max(1, round(SHARE * side)) for side in (height, width)))


def _cut(image: ByteImage) -> ByteImage:
    """The middle: as much is cut off on both sides."""
    height, width = image.shape[:2]
    top, left = (min(round(CUT * side / 2), (side - 1) // 2) for side in (height, width))
    return np.ascontiguousarray(image[top : height - top, left : width - left])


_MADE = dict(zip(AGAIN, (_compressed, _smaller, _cut), strict=True))
