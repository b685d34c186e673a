"""ClassSampler: epochs in which each class gets a share of its own, whatever its number of images."""

from __future__ import annotations

from abc import abstractmethod

import numpy as np
from numpy.typing import ArrayLike

from assay.data.sampler.epoch_sampler import EpochSampler
from assay.data.sampler.systematic import systematic_draws
from assay.predictions import FloatArray, IntArray


class ClassSampler(EpochSampler):
    """Base of samplers that say how much of an epoch each class gets, from `start_epoch` on.

    Images of one class are drawn equally often. Draws are systematic (see `systematic_draws`), so the expected counts
    are exact and each epoch's counts differ from them by less than one. Epochs before `start_epoch` are as long and
    draw all images equally often: deferred balancing learns features from the data as they are and corrects for their
    frequencies when those are there (Cao et al. 2019).
    """

    def __init__(self, labels: ArrayLike, *, start_epoch: int = 0, seed: int = 0) -> None:
        """Take the labels of all rows.

        Args:
            labels: [N] int, class indices.
            start_epoch: first epoch of each training stage in which classes get their shares.
            seed: with the epoch, decides the order.

        Raises:
            DataError: there are no labels, or they are not a list of class indices.
        """
        super().__init__(labels, seed=seed)
        self.start_epoch = start_epoch

    @abstractmethod
    def class_shares(self, counts: IntArray) -> FloatArray:
        """[C] float, each class's share of the draws, for its number of images [C]; need not sum to one."""

    def length(self) -> int:
        """Draws in an epoch; as many as there are images unless a subclass says otherwise."""
        return len(self.labels)

    def expected_counts(self, epoch: int | None = None) -> FloatArray:
        """[C] float, expected draws of each class in an epoch; their sum is `length()`."""
        counts = np.bincount(self.labels)
        if (self.epoch if epoch is None else epoch) < self.start_epoch:
            return counts * (self.length() / len(self.labels))
        shares = np.where(counts > 0, self.class_shares(counts), 0.0)
        return self.length() * shares / shares.sum()

    def epoch_indices(self, rng: np.random.Generator) -> IntArray:
        """[M] int, rows drawn as often as `expected_counts` asks, in random order."""
        per_row = self.expected_counts(self.start_epoch) / np.maximum(np.bincount(self.labels), 1)
        return systematic_draws(per_row[self.labels], self.labels, self.length(), rng)

    def natural_indices(self, rng: np.random.Generator) -> IntArray:
        """[M] int, all rows equally often, in random order."""
        if self.length() == len(self.labels):
            return super().natural_indices(rng)
        equal = np.full(len(self.labels), self.length() / len(self.labels))
        return systematic_draws(equal, self.labels, self.length(), rng)
