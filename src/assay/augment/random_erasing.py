"""RandomErasing: a rectangle of the view is replaced by noise."""

from __future__ import annotations

import math
from typing import Annotated

import numpy as np

from assay.augment.policy import ImageStep
from assay.config.bounds import Between
from assay.data.preprocessing import ByteImage
from assay.errors import ConfigError

ATTEMPTS = 100


class RandomErasing(ImageStep):
    """With a probability, a random rectangle filled with random values, so that no single part decides.

    Source: Zhong et al. (2020), "Random erasing data augmentation", algorithm 1, with random values per pixel (RE-R),
    the best of their fillings. Not albumentations' `Erasing`: it never takes more than 30 % of a square.
    """

    def __init__(
        self,
        *,
        p: Annotated[float, Between(0, 1)] = 0.5,
        min_area: Annotated[float, Between(0.001, 1)] = 0.02,
        max_area: Annotated[float, Between(0.001, 1)] = 0.4,
        min_aspect: Annotated[float, Between(0.05, 1)] = 0.3,
    ) -> None:
        """Take the settings.

        Args:
            p: probability that a view is erased.
            min_area: smallest share of the view.
            max_area: largest share of the view.
            min_aspect: smallest ratio of height to width; the largest is its inverse.

        Raises:
            ConfigError: min_area is above max_area.
        """
        if min_area > max_area:
            raise ConfigError(f"random_erasing: min_area must not be above max_area, got {min_area:g} and {max_area:g}")
        self.p = p
        self.min_area = min_area
        self.max_area = max_area
        self.min_aspect = min_aspect

    def __call__(self, view: ByteImage, rng: np.random.Generator) -> ByteImage:
        """The view, changed, see `ImageStep`; unchanged in the rare case that no rectangle fits."""
        if rng.random() >= self.p:
            return view
        size = view.shape[0]
        for _ in range(ATTEMPTS):
            area = rng.uniform(self.min_area, self.max_area) * size * size
            aspect = rng.uniform(self.min_aspect, 1 / self.min_aspect)
            rows, columns = round(math.sqrt(area * aspect)), round(math.sqrt(area / aspect))
            if 0 < rows <= size and 0 < columns <= size:
                top, left = rng.integers(size - rows + 1), rng.integers(size - columns + 1)
                erased = view.copy()
                patch = erased[top : top + rows, left : left + columns]
                patch[:] = rng.integers(0, 256, patch.shape, dtype=np.uint8)
                return erased
        return view
