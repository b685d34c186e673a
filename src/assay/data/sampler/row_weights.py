"""RowWeights: another sampler's epochs, in which some rows of a class are drawn more often than its others."""

from __future__ import annotations

import numpy as np

from assay.data.sampler.epoch_sampler import EpochSampler
from assay.data.sampler.systematic import systematic_draws
from assay.errors import DataError
from assay.predictions import FloatArray, IntArray


class RowWeights(EpochSampler):
    """As long as the epochs of a sampler, with rows drawn in proportion to weights.

    Where the sampler gives classes shares of its own, they keep them and only their rows differ; where it leaves
    classes as they are, weights move classes too, as importance weights do.

    Args:
        sampler: whose epochs these are.
        weights: [N], of each row, above zero.

    Raises:
        DataError: a row has no weight, or one that is not above zero.

    Source: importance weights; draws as in `systematic_draws`.
    """

    def __init__(self, sampler: EpochSampler, weights: FloatArray) -> None:
        super().__init__(sampler.labels, seed=sampler.seed)
        weights = np.asarray(weights, dtype=np.float64)
        if weights.shape != self.labels.shape or not (np.isfinite(weights) & (weights > 0)).all():
            raise DataError(
                f"a sampler needs one weight above zero per row; got {weights.shape} for {len(self.labels)}"
            )
        self.weights = weights
        self.start_epoch = sampler.start_epoch
        self._sampler = sampler

    def expected_counts(self, epoch: int | None = None) -> FloatArray:
        """[C] float, expected draws of each class in an epoch."""
        counts = self._sampler.expected_counts(self.epoch if epoch is None else epoch)
        if self._sampler.corrects_frequencies:
            return counts
        sums = np.bincount(self.labels, weights=self.weights)
        return counts.sum() * sums / sums.sum()

    def epoch_indices(self, rng: np.random.Generator) -> IntArray:
        """[M] int, rows drawn as often as `expected_counts` and their weights ask, in random order."""
        return self._drawn(self.start_epoch, rng)

    def natural_indices(self, rng: np.random.Generator) -> IntArray:
        """[M] int, rows of an epoch before `start_epoch`."""
        return self._drawn(self.start_epoch - 1, rng)

    def _drawn(self, epoch: int, rng: np.random.Generator) -> IntArray:
        counts = self.expected_counts(epoch)
        sums = np.bincount(self.labels, weights=self.weights)
        repeats = (counts / np.where(sums > 0, sums, 1.0))[self.labels] * self.weights
        return systematic_draws(repeats, self.labels, round(counts.sum()), rng)


def with_row_weights(sampler: EpochSampler, weights: FloatArray) -> EpochSampler:
    """The sampler itself where all rows weigh the same, so that nothing changes for them."""
    return sampler if (weights == weights[0]).all() else RowWeights(sampler, weights)


def expected_draws(sampler: EpochSampler, weights: FloatArray) -> FloatArray:
    """[N] float, how often a late epoch of a sampler draws each row on average.

    Args:
        sampler: of these rows; each class gets what it says.
        weights: [N], by which the draws of a class are shared among its rows.
    """
    counts = sampler.expected_counts(sampler.start_epoch)
    sums = np.bincount(sampler.labels, weights=weights)
    return (counts / np.where(sums > 0, sums, 1.0))[sampler.labels] * weights
