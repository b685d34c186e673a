"""Denoise: grain smoothed away, edges kept."""

from __future__ import annotations

from typing import Annotated

import cv2
import numpy as np

from assay.augment.policy import ImageStep
from assay.config.bounds import Above, AtLeast, Between
from assay.data.preprocessing import ByteImage


class Denoise(ImageStep):
    """With a probability, a bilateral filter of a random strength, so that grain is nothing to learn from.

    Only training images are changed. To see every picture that way, denoise the files themselves, so that what is
    measured is what is served. Albumentations has no filter that keeps edges, and its median wipes out thin lines.

    Source: Tomasi and Manduchi (1998), "Bilateral filtering for gray and color images".
    """

    def __init__(
        self,
        *,
        p: Annotated[float, Between(0, 1)] = 0.5,
        strength: Annotated[float, Above(0)] = 30.0,
        radius: Annotated[int, AtLeast(1)] = 3,
    ) -> None:
        """Take the settings.

        Args:
            p: probability that a view is changed.
            strength: differences far below this many levels, of 255, are smoothed; drawn from 0 to this.
            radius: of the neighbourhood, in pixels of the view.
        """
        self.p = p
        self.strength = strength
        self.radius = radius

    def __call__(self, view: ByteImage, rng: np.random.Generator) -> ByteImage:
        """The view, changed, see `ImageStep`."""
        if rng.random() >= self.p:
            return view
        levels = max(1.0, self.strength * rng.random())
        smoothed = cv2.bilateralFilter(view, 2 * self.radius + 1, levels, self.radius / 2)
        return smoothed.astype(np.uint8, copy=False)
