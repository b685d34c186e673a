"""Brightness: too much or too little light."""

from __future__ import annotations

import numpy as np

from assay.augment.corruption.corruption import Corruption, either_sign
from assay.data.preprocessing import ByteImage


class Brightness(Corruption):
    """Strength is what is added to every pixel or taken from it, as a share of full white; lighter or darker by chance.

    Source: 0.1, 0.2 and 0.3 are the first three severities of Hendrycks and Dietterich (2019), who only add.
    """

    name = "brightness"
    strengths = (0.1, 0.2, 0.3)

    def corrupt(self, image: ByteImage, rng: np.random.Generator) -> ByteImage:
        """See `Corruption`."""
        shift = round(255 * self.strength * either_sign(rng))
        return np.clip(image.astype(np.int16) + shift, 0, 255).astype(np.uint8)

    @property
    def described(self) -> str:
        """See `Corruption`."""
        return f"± {self.strength:g} of white"
