"""Noise: grain of little light."""

from __future__ import annotations

import numpy as np

from assay.augment.corruption.corruption import Corruption, reference_scale
from assay.data.preprocessing import ByteImage


class Noise(Corruption):
    """Strength is the standard deviation of Gaussian noise, as a share of full white; the same in all channels.

    Its grains have the size of a pixel of the reference size, also in a larger picture: scaling that to the network's
    input would average single pixels away.

    Source: 0.08, 0.12 and 0.18 are the first three severities of Hendrycks and Dietterich (2019), who colour the noise;
    that would turn grey pictures into another kind.
    """

    name = "noise"
    strengths = (0.08, 0.12, 0.18)

    def corrupt(self, image: ByteImage, rng: np.random.Generator) -> ByteImage:
        """See `Corruption`."""
        height, width = image.shape[:2]
        grain = max(1.0, reference_scale(image))
        shape = max(1, round(height / grain)), max(1, round(width / grain))
        field = rng.standard_normal(shape, dtype=np.float32) * np.float32(255 * self.strength)
        rows, columns = (
            np.arange(length) * grains // length for length, grains in zip((height, width), shape, strict=True)
        )
        return np.clip(np.rint(image + field[rows][:, columns, None]), 0, 255).astype(np.uint8)

    @property
    def described(self) -> str:
        """See `Corruption`."""
        return f"std {self.strength:g} of white"
