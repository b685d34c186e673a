"""RepeatFactor: images of classes rarer than a threshold are repeated, no image is left out."""

from __future__ import annotations

import math
from typing import Annotated

import numpy as np
from numpy.typing import ArrayLike

from assay.config.bounds import AtLeast, Between
from assay.data.sampler.class_sampler import ClassSampler
from assay.predictions import FloatArray, IntArray


class RepeatFactor(ClassSampler):
    """An image of a class with frequency f is drawn max(1, √(t / f)) times per epoch, on average.

    An epoch is longer than the data: as long as these factors ask, rounded up to a whole number of draws, and the
    factors are scaled up by that rounding. Of a factor of 2.3, all images of the class are drawn twice and three of ten
    once more, others in each epoch.

    Args:
        labels: [N] int, class indices.
        threshold: t, the frequency below which a class is repeated.
        start_epoch: see `ClassSampler`.
        seed: with the epoch, decides the order.

    Source: Gupta et al. (2019), "LVIS", appendix B.2. There t is 0.001 for a thousand classes of objects; the default
    here suits a handful of classes.
    """

    def __init__(
        self,
        labels: ArrayLike,
        threshold: Annotated[float, Between(0, 1)] = 0.3,
        start_epoch: Annotated[int, AtLeast(0)] = 0,
        *,
        seed: int = 0,
    ) -> None:
        super().__init__(labels, start_epoch=start_epoch, seed=seed)
        self.threshold = threshold
        # A hair less: what is whole but for rounding stays as it is.
        self._length = math.ceil(float(self.class_shares(np.bincount(self.labels)).sum()) - 1e-9)

    def class_shares(self, counts: IntArray) -> FloatArray:
        """[C] float, images times repeat factor."""
        frequency = np.maximum(counts, 1) / counts.sum()
        return counts * np.maximum(1.0, np.sqrt(self.threshold / frequency))

    def length(self) -> int:
        """Draws in an epoch: the sum of the repeat factors of all images, rounded up."""
        return self._length
