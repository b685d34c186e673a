"""Motion blur: the camera moved along a straight line."""

from __future__ import annotations

import math

import cv2
import numpy as np
from numpy.typing import NDArray

from assay.augment.corruption.corruption import Corruption, reference_scale
from assay.data.preprocessing import ByteImage


class MotionBlur(Corruption):
    """Strength is the length of the path in pixels of a picture of the reference size; its direction is random."""

    name = "motion_blur"
    strengths = (5.0, 10.0, 15.0)

    def corrupt(self, image: ByteImage, rng: np.random.Generator) -> ByteImage:
        """See `Corruption`."""
        return motion_blur(image, self.strength * reference_scale(image), rng.uniform(0, math.pi))

    @property
    def described(self) -> str:
        """See `Corruption`."""
        return f"{self.strength:g} px at 224"


def motion_blur(image: ByteImage, length: float, angle: float) -> ByteImage:
    """A picture uint8 [H, W, 3] averaged along a line that is centred on each pixel; edges are mirrored.

    Args:
        image: left alone.
        length: of the line, in the picture's own pixels; under one pixel nothing happens.
        angle: of the line, in radians.
    """
    if length < 1:
        return image
    blurred = cv2.filter2D(image, -1, line_kernel(length, angle), borderType=cv2.BORDER_REFLECT_101)
    return blurred.astype(np.uint8, copy=False)


def line_kernel(length: float, angle: float) -> NDArray[np.float32]:
    """Float32 [K, K], K odd, sums to one: the share of a line through the centre that lies nearest to each pixel."""
    half = math.ceil(length / 2)
    along = np.linspace(-length / 2, length / 2, 8 * (2 * half + 1))
    x, y = half + along * math.cos(angle), half + along * math.sin(angle)
    left, top = np.floor(x).astype(int), np.floor(y).astype(int)
    right, down = x - left, y - top
    kernel = np.zeros((2 * half + 2, 2 * half + 2))
    for rows, columns, share in (
        (top, left, (1 - down) * (1 - right)),
        (top, left + 1, (1 - down) * right),
        (top + 1, left, down * (1 - right)),
        (top + 1, left + 1, down * right),
    ):
        np.add.at(kernel, (rows, columns), share)
    kernel = kernel[:-1, :-1]
    return (kernel / kernel.sum()).astype(np.float32)
