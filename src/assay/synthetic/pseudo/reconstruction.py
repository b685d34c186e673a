"""Real pictures as a linear autoencoder gives them back: with fewer components, and somewhat beside."""

from __future__ import annotations

import numpy as np

from assay.synthetic.pseudo.components import Components
from assay.synthetic.pseudo.generator import ByteImages, PseudoGenerator, rounded

FEWEST, MOST = 40, 300
BESIDE = 0.5


class Reconstruction(PseudoGenerator):
    """A picture from 40 to 300 of its principal components, moved at random by up to half of their spread."""

    name = "reconstruction"

    def draw(self, real: ByteImages, count: int, rng: np.random.Generator) -> ByteImages:
        """See `PseudoGenerator`."""
        known = Components.of(real, MOST)
        weights = np.zeros((count, len(known.spread)))
        for row in weights:
            kept = min(int(rng.integers(FEWEST, MOST + 1)), max(1, len(row) // 2))  # all of them would copy it
            own = known.directions[:kept] @ known.rows[rng.integers(len(known.rows))]
            row[:kept] = own + rng.normal(size=kept) * known.spread[:kept] * rng.uniform(0, BESIDE)
        return rounded(known.pictures(weights, real.shape[1]))
