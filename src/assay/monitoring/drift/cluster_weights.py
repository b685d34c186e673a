"""ClusterWeights: how much each source of pictures counts, and what it adds to a difference of means."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from assay.errors import DataError
from assay.predictions import FloatArray, IntArray

MOST_SHARE = 0.1
"""Of the weight that one source may have: who sends more is counted less, so that no single client decides a test."""
MOST_CLUSTERS = 1500
"""Beyond so many, the smallest are merged: sums of independent sources are independent too."""


@dataclass(frozen=True, eq=False)
class ClusterWeights:
    """N pictures in K independent sources.

    Attributes:
        index: [N], the source of each picture, 0 to K - 1, from the largest to the smallest.
        counts: [K], pictures of each source.
        shares: float64 [K], weight of each source in every test; sums to 1.
    """

    index: IntArray
    counts: IntArray
    shares: NDArray[np.float64]

    @classmethod
    def of(cls, block: IntArray, *, most_share: float = MOST_SHARE) -> ClusterWeights:
        """The sources of pictures.

        Args:
            block: [N], any number that names the source; each negative one is a source of its own.
            most_share: weight that no source gets more of, unless there are fewer than 1 / most_share.

        Raises:
            DataError: there are no pictures.
        """
        if not len(block):
            raise DataError("no pictures, so there are no sources of them to be told apart")
        names = block.astype(np.int64)
        alone = names < 0
        names[alone] = names.max() + 1 + np.arange(int(alone.sum()))
        _, index, counts = np.unique(names, return_inverse=True, return_counts=True)
        order = np.argsort(-counts, kind="stable")
        place = np.empty_like(order)
        place[order] = np.arange(len(order))
        return cls(place[index], counts[order], capped_shares(counts[order], most_share))

    @property
    def weights(self) -> NDArray[np.float64]:
        """Weight of each picture, [N]; sums to 1."""
        return (self.shares / self.counts)[self.index]

    @property
    def largest(self) -> float:
        """Share of the pictures, before weights, that come from the largest source."""
        return float(self.counts[0] / self.counts.sum())

    @property
    def effective(self) -> float:
        """Sources of equal weight that would say as much: 1 / Σ share²."""
        return float(1 / np.square(self.shares).sum())

    def contributions(self, deviations: FloatArray) -> FloatArray:
        """Weighted sum of each source's deviations, float32 [min(K, 1500), G]; its sum over sources is the mean's.

        Args:
            deviations: [N, G].
        """
        from scipy.sparse import csr_array

        count = len(self.counts)
        merged = np.where(self.index < MOST_CLUSTERS, self.index, self.index % MOST_CLUSTERS)
        shape = (min(count, MOST_CLUSTERS), len(self.index))
        sums = csr_array((self.weights.astype(np.float32), (merged, np.arange(len(self.index)))), shape=shape)
        return np.asarray(sums @ deviations.astype(np.float32, copy=False))


def capped_shares(counts: IntArray, most: float) -> NDArray[np.float64]:
    """Shares in proportion to the counts, none above `most` (or above 1 / K, where there are few), float64 [K]."""
    shares = counts / counts.sum()
    limit = max(most, 1 / len(counts))
    capped = np.zeros(len(counts), dtype=bool)
    while np.any(shares > limit * (1 + 1e-9)):
        capped |= shares > limit
        others = ~capped
        shares[capped] = limit
        if others.any():
            shares[others] = counts[others] / counts[others].sum() * (1 - limit * capped.sum())
    return np.asarray(shares / shares.sum())


def bursts(block: IntArray, times: NDArray[np.datetime64], *, pause: np.timedelta64 | None = None) -> IntArray:
    """Sources that are finer than keys: what one key sends without a pause, [N].

    Whoever takes these for `block` says that two bursts of a key are as independent as two keys.

    Args:
        block: [N], index of the key.
        times: [N], of the answers.
        pause: after which a key's next picture begins a burst; an hour.
    """
    pause = np.timedelta64(1, "h") if pause is None else pause
    order = np.lexsort((times, block))
    begins = np.ones(len(order), dtype=bool)
    same_key = block[order][1:] == block[order][:-1]
    begins[1:] = ~same_key | (np.diff(times[order]) > pause)
    numbers = np.empty(len(order), dtype=np.int32)
    numbers[order] = np.cumsum(begins) - 1
    return numbers
