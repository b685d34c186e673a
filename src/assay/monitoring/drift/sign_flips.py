"""SignFlipTest: a reference against windows of dependent pictures, by flipping the sign of what each source adds."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from assay.monitoring.drift.cluster_weights import ClusterWeights
from assay.monitoring.drift.summaries import SampleSummary
from assay.predictions import FloatArray

DRAWS = 19_999
"""Flips behind the smallest p-value; one that is not small needs fewer."""
PIECE = 999
SMALL = 0.1
"""Above it nobody asks whether a p-value should be larger still."""
EXCEEDANCES = 20
"""After so many flips that are as large as what was observed, p is known well enough (Besag and Clifford, 1991)."""


@dataclass(frozen=True, eq=False)
class FlipOutcome:
    """What came of one window.

    Attributes:
        size: of the difference of means.
        p: share of flips whose difference is as large, the unflipped one among them; or the share of samples of
            independent pictures, where that is larger.
        flipped: float64 [999], sizes under no drift.
        balance: float64 [999], |Σ ± share| of the same flips: how much of a drift that all sources share a flip keeps.
    """

    size: float
    p: float
    flipped: NDArray[np.float64]
    balance: NDArray[np.float64]


@dataclass(eq=False)
class SignFlipTest:
    """Two-sample test for one summary of pictures; built once for a reference, and asked about many windows.

    Without drift each source of the window, a key with all its pictures however alike, deviates from the reference in
    either direction alike, so flipping the sign of its deviation gives a difference of means that could as well have
    been observed. Each reference picture (or group) is flipped too, because the reference is a sample. That holds for
    few sources, of unequal size, with any dependence within them, which permuting pictures does not; a source alone
    can never be significant, because half of all flips leave it as it is. With 2^(1 - K) no smaller p is reached with
    K sources.

    Of what is rare a source deviates much in one direction and little in the other: a window in which it is missing
    by chance varies less than it should. So p is never below that of independent pictures.

    Args:
        summary: what is compared.
        columns: float32 [N, G] of the reference.
        clusters: of the reference; its weights may be any that sum to 1.
        weights: float64 [N] of the reference pictures, sum 1; None for those of the clusters.
        seed: of the flips.

    Source: Canay, Romano and Shaikh (2017), "Randomization tests under an approximate symmetry assumption"; Cameron,
    Gelbach and Miller (2008) for clusters of which there are few, with the null imposed; Chwialkowski, Sejdinovic and
    Gretton (2014) for MMD.
    """

    summary: SampleSummary
    columns: FloatArray = field(repr=False)
    clusters: ClusterWeights = field(repr=False)
    weights: NDArray[np.float64] | None = field(default=None, repr=False)
    seed: int = 0
    _n: float = field(init=False, repr=False)
    _mean: FloatArray = field(init=False, repr=False)
    _parts: FloatArray = field(init=False, repr=False)
    _first: FloatArray | None = field(default=None, init=False, repr=False)

    def __post_init__(self) -> None:
        own = self.clusters.weights
        weights = own if self.weights is None else self.weights
        self._n = float(1 / np.square(weights).sum())
        self._mean = (weights @ self.columns).astype(np.float32)
        deviations = (self.columns - self._mean) * (weights / own)[:, None].astype(np.float32)
        self._parts = self.clusters.contributions(deviations)
        self.columns = self.columns[:0]  # only its sums are needed from here on

    @property
    def mean(self) -> FloatArray:
        """Means of the columns over the reference, [G]."""
        return self._mean

    def against(self, columns: FloatArray, clusters: ClusterWeights, *, draws: int = DRAWS) -> FlipOutcome:
        """Test a window.

        Args:
            columns: float32 [n, G] of the window.
            clusters: its sources.
            draws: most flips.
        """
        parts = clusters.contributions(columns - self._mean)
        size = float(self.summary.size(parts.sum(axis=0, keepdims=True))[0])
        shares = np.bincount(np.arange(len(clusters.shares)) % len(parts), clusters.shares, len(parts))
        as_large = count = piece = 0
        first = (np.zeros(0), np.zeros(0))
        while not count or (count < draws and as_large < EXCEEDANCES):
            signs = random_signs(PIECE, len(parts), [self.seed, piece, 1])
            sizes = self.summary.size(signs @ parts - self._reference_flips(piece))
            as_large += int((sizes >= size * (1 - 1e-6)).sum())
            count += PIECE
            if not piece:
                first = sizes, np.abs(signs @ shares)
            piece += 1
        p = (1 + as_large) / (1 + count)
        by_chance = self._by_chance(parts.sum(axis=0) + self._mean, clusters, count) if p <= SMALL else None
        if by_chance is not None:
            p = max(p, (1 + int((by_chance >= size * (1 - 1e-6)).sum())) / (1 + count))
        return FlipOutcome(size, p, *first)

    def _by_chance(self, mean: FloatArray, clusters: ClusterWeights, draws: int) -> NDArray[np.float64] | None:
        sizes = self._n, float(1 / np.square(clusters.weights).sum())
        pooled = (sizes[0] * self._mean + sizes[1] * mean) / sum(sizes)
        return self.summary.by_chance(pooled, sizes, draws, np.random.default_rng([self.seed, 5]))

    def _reference_flips(self, piece: int) -> FloatArray:
        if not piece and self._first is not None:
            return self._first
        flips = random_signs(PIECE, len(self._parts), [self.seed, piece, 0]) @ self._parts
        if not piece:
            self._first = flips
        return flips


def random_signs(rows: int, count: int, seed: list[int]) -> FloatArray:
    """Float32 [rows, count] of -1 and 1."""
    drawn = np.random.default_rng(seed).integers(0, 256, (rows, -(-count // 8)), dtype=np.uint8)
    return np.unpackbits(drawn, axis=1)[:, :count].astype(np.float32) * 2 - 1
