"""Resize: the picture was made small, and large again."""

from __future__ import annotations

import numpy as np

from assay.augment.corruption.corruption import Corruption
from assay.data.preprocessing import ByteImage, resample


class Downscale(Corruption):
    """Strength is the shorter side, in pixels, of the small picture in between; one that is smaller already stays."""

    name = "resize"
    strengths = (112, 56, 28)

    def corrupt(self, image: ByteImage, rng: np.random.Generator) -> ByteImage:
        """See `Corruption`."""
        height, width = image.shape[:2]
        share = self.strength / min(height, width)
        if share >= 1:
            return image
        return resample(resample(image, round(height * share), round(width * share)), height, width)

    @property
    def described(self) -> str:
        """See `Corruption`."""
        return f"to {self.strength:g} px and back"
