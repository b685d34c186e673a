"""Shuffle: every row once per epoch, in random order."""

from __future__ import annotations

from typing import ClassVar

import numpy as np

from assay.data.sampler.epoch_sampler import EpochSampler
from assay.predictions import FloatArray, IntArray


class Shuffle(EpochSampler):
    """Every row once, in an order that is new in each epoch."""

    corrects_frequencies: ClassVar[bool] = False

    def epoch_indices(self, rng: np.random.Generator) -> IntArray:
        """[N] int, a permutation of all rows."""
        return rng.permutation(len(self.labels))

    def expected_counts(self, epoch: int | None = None) -> FloatArray:
        """[C] float, the number of images of each class."""
        return np.bincount(self.labels).astype(np.float64)
