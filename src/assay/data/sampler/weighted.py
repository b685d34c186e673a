"""Weighted: every class as often as any other."""

from __future__ import annotations

from typing import Annotated

import numpy as np
from numpy.typing import ArrayLike

from assay.config.bounds import AtLeast
from assay.data.sampler.class_sampler import ClassSampler
from assay.predictions import FloatArray, IntArray


class Weighted(ClassSampler):
    """Rows drawn with a weight of one over the number of images in their class, with replacement.

    Each class that has images gets the same share of an epoch. Probabilities learned this way are those of a balanced
    world: calibrate them on images in their natural proportions.

    Args:
        labels: [N] int, class indices.
        start_epoch: see `ClassSampler`.
        seed: with the epoch, decides the order.
    """

    def __init__(self, labels: ArrayLike, start_epoch: Annotated[int, AtLeast(0)] = 0, *, seed: int = 0) -> None:
        super().__init__(labels, start_epoch=start_epoch, seed=seed)

    def class_shares(self, counts: IntArray) -> FloatArray:
        """[C] float, equal for all classes."""
        return np.ones(len(counts))
