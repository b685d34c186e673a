"""Occlusion: something stands in front."""

from __future__ import annotations

import math

import numpy as np

from assay.augment.corruption.corruption import Corruption
from assay.data.preprocessing import ByteImage

GREY = 128


class Occlusion(Corruption):
    """Strength is the share of the picture that a grey rectangle covers; where, and how wide it is, is random."""

    name = "occlusion"
    strengths = (0.1, 0.2, 0.3)

    def corrupt(self, image: ByteImage, rng: np.random.Generator) -> ByteImage:
        """See `Corruption`."""
        return occlude(image, self.strength, rng)

    @property
    def described(self) -> str:
        """See `Corruption`."""
        return f"{self.strength:.0%} covered"


def occlude(image: ByteImage, share: float, rng: np.random.Generator) -> ByteImage:
    """A picture uint8 [H, W, 3] with a grey rectangle over this share of it, as far as whole pixels allow.

    The rectangle has the shape of the picture, stretched by up to a factor of two to either side.
    """
    height, width = image.shape[:2]
    # Not so long that it would stick out.
    limit = min(math.log(2), -math.log(share) / 2) if share < 1 else 0.0
    stretch = math.exp(rng.uniform(-limit, limit))
    rows = min(height, round(height * math.sqrt(share) * stretch))
    columns = min(width, round(width * math.sqrt(share) / stretch))
    top, left = int(rng.integers(height - rows + 1)), int(rng.integers(width - columns + 1))
    covered = image.copy()
    covered[top : top + rows, left : left + columns] = GREY
    return covered
