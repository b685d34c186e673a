"""Gaussian blur: out of focus."""

from __future__ import annotations

import cv2
import numpy as np

from assay.augment.corruption.corruption import Corruption, reference_scale
from assay.data.preprocessing import ByteImage, resample


class GaussianBlur(Corruption):
    """Strength is the standard deviation in pixels of a picture of the reference size; it grows with the picture.

    Source: 1, 2 and 3 pixels are the first three severities of Hendrycks and Dietterich (2019).
    """

    name = "gaussian_blur"
    strengths = (1.0, 2.0, 3.0)

    def corrupt(self, image: ByteImage, rng: np.random.Generator) -> ByteImage:
        """See `Corruption`."""
        return gaussian_blur(image, self.strength * reference_scale(image))

    @property
    def described(self) -> str:
        """See `Corruption`."""
        return f"sigma {self.strength:g} px at 224"


def gaussian_blur(image: ByteImage, sigma: float) -> ByteImage:
    """A picture uint8 [H, W, 3] blurred with a standard deviation in its own pixels; edges are mirrored.

    A wide blur is made on a smaller picture, which looks the same and does not take seconds.
    """
    if sigma < 0.1:
        return image
    height, width = image.shape[:2]
    shrink = max(1.0, sigma / 4)
    small = resample(image, max(1, round(height / shrink)), max(1, round(width / shrink)))
    blurred = cv2.GaussianBlur(small, (0, 0), sigma / shrink, borderType=cv2.BORDER_REFLECT_101)
    if blurred.shape != image.shape:
        blurred = cv2.resize(blurred, (width, height), interpolation=cv2.INTER_LINEAR)
    return blurred.astype(np.uint8, copy=False)
