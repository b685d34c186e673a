"""ClassSampler: epochs in which each class gets a share of its own, whatever its number of images."""

from __future__ import annotations

from abc import abstractmethod

import numpy as np

from assay.data.sampler.epoch_sampler import EpochSampler
from assay.predictions import FloatArray, IntArray


class ClassSampler(EpochSampler):
    """Base of samplers that say how much of an epoch each class gets; an epoch has as many draws as there are images.

    Rows are drawn with systematic resampling: the expected number of draws of a row is exactly its class's share of the
    epoch divided by the class's images, the number really drawn differs from it by less than one, for each row and for
    each class. Independent draws have the same expectation, but leave out a third of a balanced set in each epoch and
    let class counts wander.

    Source: systematic resampling, Kitagawa (1996), "Monte Carlo filter and smoother", appendix.
    """

    @abstractmethod
    def class_shares(self, counts: IntArray) -> FloatArray:
        """[C] float, each class's share of the draws, for its number of images [C]; need not sum to one."""

    def expected_counts(self) -> FloatArray:
        """[C] float, expected draws of each class in an epoch; their sum is N."""
        counts = np.bincount(self.labels)
        shares = np.where(counts > 0, self.class_shares(counts), 0.0)
        return len(self.labels) * shares / shares.sum()

    def epoch_indices(self, rng: np.random.Generator) -> IntArray:
        """[N] int, rows drawn as often as `expected_counts` asks, in random order."""
        rows = rng.permutation(len(self.labels))
        rows = rows[np.argsort(self.labels[rows], kind="stable")]
        per_row = self.expected_counts() / np.maximum(np.bincount(self.labels), 1)
        reached = np.cumsum(per_row[self.labels[rows]])
        points = rng.random() + np.arange(len(rows))
        # Rounding can leave the last point beyond the last sum by a hair.
        drawn = rows[np.minimum(np.searchsorted(reached, points, side="right"), len(rows) - 1)]
        return rng.permutation(drawn)
