"""Draws from the principal components of real pictures."""

from __future__ import annotations

import numpy as np

from assay.synthetic.pseudo.components import Components
from assay.synthetic.pseudo.generator import ByteImages, PseudoGenerator, rounded

KEPT = 200


class PcaDraws(PseudoGenerator):
    """A Gaussian over 200 principal components, as `synthetic/fidelity` would fit one to features."""

    name = "pca"

    def draw(self, real: ByteImages, count: int, rng: np.random.Generator) -> ByteImages:
        """See `PseudoGenerator`."""
        known = Components.of(real, KEPT)
        weights = rng.normal(size=(count, len(known.spread))) * known.spread
        return rounded(known.pictures(weights, real.shape[1]))
