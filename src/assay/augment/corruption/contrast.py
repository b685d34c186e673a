"""Contrast: everything closer to grey."""

from __future__ import annotations

import numpy as np

from assay.augment.corruption.corruption import Corruption
from assay.data.preprocessing import ByteImage


class Contrast(Corruption):
    """Strength is what is left of each pixel's distance to the mean of the picture.

    Source: 0.4 and 0.2 are severities 1 and 3 of Hendrycks and Dietterich (2019).
    """

    name = "contrast"
    strengths = (0.6, 0.4, 0.2)

    def corrupt(self, image: ByteImage, rng: np.random.Generator) -> ByteImage:
        """See `Corruption`."""
        mean = image.mean(axis=(0, 1), dtype=np.float64)
        table = np.arange(256)[:, None] * self.strength + mean * (1 - self.strength)
        levels = np.clip(np.rint(table), 0, 255).astype(np.uint8)
        return np.stack([levels[image[..., channel], channel] for channel in range(3)], axis=-1)

    @property
    def described(self) -> str:
        """See `Corruption`."""
        return f"{self.strength:g} of it left"
