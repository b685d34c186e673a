"""Real pictures made small and brought back by an uneven filter, as the last layers of a decoder do it."""

from __future__ import annotations

import cv2
import numpy as np

from assay.synthetic.pseudo.generator import ByteImages, PseudoGenerator, rounded


class Upsampling(PseudoGenerator):
    """A picture of half or a quarter of the side, spread by zeros and a random, imperfect interpolation filter.

    A part of the true detail is added again, so that the periodic traces and not the blur tell. Plain scaling up and
    down is left to real pictures: they are scaled too.

    Source: transposed convolutions leave copies of the spectrum, Durall et al. (2020), "Watch your up-convolution".
    """

    name = "upsampling"

    def draw(self, real: ByteImages, count: int, rng: np.random.Generator) -> ByteImages:
        """See `PseudoGenerator`."""
        side = real.shape[1]
        made = np.empty((count, *real.shape[1:]), dtype=np.uint8)
        for row in made:
            picture = real[rng.integers(len(real))].astype(np.float32)
            step = int(rng.choice([2, 2, 4])) if side >= 8 else 1
            small = cv2.resize(picture, (max(1, side // step),) * 2, interpolation=cv2.INTER_AREA)
            spread = np.zeros_like(picture)
            spread[: small.shape[0] * step : step, : small.shape[1] * step : step] = small * step * step
            kernel = np.outer(*(np.bartlett(2 * step + 3)[1:-1],) * 2)
            kernel *= 1 + rng.uniform(0.05, 0.3) * rng.normal(size=kernel.shape)
            larger = cv2.filter2D(
                spread, -1, (kernel / kernel.sum()).astype(np.float32), borderType=cv2.BORDER_REFLECT_101
            )
            detail = picture - cv2.GaussianBlur(picture, (0, 0), 1.5)
            row[:] = rounded(larger + rng.uniform(0, 0.7) * detail)
        return made
