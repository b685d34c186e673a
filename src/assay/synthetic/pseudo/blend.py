"""Blends of two real pictures, pixel by pixel, as models that average over what they remember make them."""

from __future__ import annotations

import numpy as np

from assay.synthetic.pseudo.generator import ByteImages, PseudoGenerator, pair, rounded


class Blend(PseudoGenerator):
    """Weighted means of two pictures, the lighter weight from 0.3 on."""

    name = "blend"

    def draw(self, real: ByteImages, count: int, rng: np.random.Generator) -> ByteImages:
        """See `PseudoGenerator`."""
        made = np.empty((count, *real.shape[1:]), dtype=np.uint8)
        for row in made:
            first, second = pair(real, rng)
            share = rng.uniform(0.3, 0.7)
            row[:] = rounded(share * first + (1 - share) * second)
        return made
