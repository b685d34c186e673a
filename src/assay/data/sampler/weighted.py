"""Weighted: every class as often as any other."""

from __future__ import annotations

import numpy as np

from assay.data.sampler.class_sampler import ClassSampler
from assay.predictions import FloatArray, IntArray


class Weighted(ClassSampler):
    """Rows drawn with a weight of one over the number of images in their class, with replacement.

    Each class that has images gets the same share of an epoch. Probabilities learned this way are those of a balanced
    world: calibrate them on images in their natural proportions.
    """

    def class_shares(self, counts: IntArray) -> FloatArray:
        """[C] float, equal for all classes."""
        return np.ones(len(counts))
