"""Summaries: what of a picture a test compares, as columns whose means differ where the distributions do."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from assay.predictions import FloatArray

MOST_THRESHOLDS = 100
FREQUENCIES = 128
"""Pairs of cosine and sine by which a kernel is approximated."""


class SampleSummary(Protocol):
    """Columns of a picture, and the size of a difference between two means of them."""

    def columns(self, values: NDArray[np.generic]) -> FloatArray:
        """Float32 [N, G] of values [N, …]."""

    def size(self, differences: FloatArray) -> NDArray[np.float64]:
        """How large each difference of means is, float64 [R], of differences [R, G]."""

    def by_chance(
        self, pooled: FloatArray, sizes: tuple[float, float], draws: int, rng: np.random.Generator
    ) -> NDArray[np.float64] | None:
        """Sizes between independent pictures of one distribution, float64 [draws]; None where flips say it well.

        Args:
            pooled: means of the columns over both samples, [G].
            sizes: pictures of either sample, as of equal weight.
            draws: how many.
            rng: that draws.
        """


@dataclass(frozen=True, eq=False)
class Thresholds:
    """Whether a value is at most each threshold; the largest difference of means is the KS distance.

    Attributes:
        grid: ascending [G].
    """

    grid: FloatArray

    @classmethod
    def of(cls, values: FloatArray) -> Thresholds:
        """Thresholds at quantiles of the reference, so that each step of its distribution is small.

        Below the smallest value there is one more, and below each where there are few: what lies between two values
        that the reference repeats is seen too.
        """
        ordered = np.unique(values.astype(np.float32))
        if len(ordered) > MOST_THRESHOLDS // 2:
            places = np.linspace(0, len(values) - 1, MOST_THRESHOLDS).round().astype(int)
            ordered = np.unique(np.sort(values)[places])
            below = np.nextafter(ordered[:1], np.float32(-np.inf))
        else:
            below = np.nextafter(ordered, np.float32(-np.inf))
        return cls(np.union1d(below, ordered))

    def columns(self, values: NDArray[np.generic]) -> FloatArray:
        """Float32 [N, G], 0 or 1."""
        return (np.asarray(values)[:, None] <= self.grid).astype(np.float32)

    def size(self, differences: FloatArray) -> NDArray[np.float64]:
        """The largest absolute difference of each row."""
        return np.abs(differences).max(axis=1).astype(np.float64)

    def by_chance(
        self, pooled: FloatArray, sizes: tuple[float, float], draws: int, rng: np.random.Generator
    ) -> NDArray[np.float64]:
        """See `SampleSummary`: pictures fall between two thresholds as often as in both samples together."""
        between = np.diff(np.concatenate([[0.0], pooled.astype(np.float64), [1.0]]))
        first, second = _drawn(between, sizes, draws, rng)
        return np.asarray(np.abs(np.cumsum(first - second, axis=1)).max(axis=1))


@dataclass(frozen=True, eq=False)
class Categories:
    """Which of G categories a picture is in; the size is that of chi-squared, √(Σ difference² / expected share).

    Attributes:
        expected: [G], shares under no drift, each above 0.
    """

    expected: FloatArray

    @classmethod
    def of(cls, shares: NDArray[np.float64], n: int) -> Categories:
        """Expected is what the reference has, with one more picture in each category, so that none is impossible.

        Args:
            shares: [G], of the reference.
            n: pictures of the reference.
        """
        return cls(((shares * n + 1) / (n + len(shares))).astype(np.float32))

    def columns(self, values: NDArray[np.generic]) -> FloatArray:
        """Float32 [N, G], one 1 in each row."""
        return np.eye(len(self.expected), dtype=np.float32)[np.asarray(values).astype(np.int64)]

    def size(self, differences: FloatArray) -> NDArray[np.float64]:
        """Root of the weighted sum of squares of each row."""
        return np.sqrt((np.square(differences) / self.expected).sum(axis=1, dtype=np.float64))

    def by_chance(
        self, pooled: FloatArray, sizes: tuple[float, float], draws: int, rng: np.random.Generator
    ) -> NDArray[np.float64]:
        """See `SampleSummary`."""
        first, second = _drawn(pooled.astype(np.float64), sizes, draws, rng)
        return self.size((first - second).astype(np.float32))


@dataclass(frozen=True, eq=False)
class FourierFeatures:
    """Cosines and sines at random frequencies, whose distance of means is the maximum mean discrepancy (MMD).

    Attributes:
        frequencies: [K, F], drawn from a Gaussian of scale 1 / bandwidth.

    Source: Rahimi and Recht (2007), "Random features for large-scale kernel machines"; Sutherland and Schneider (2015)
    for pairs of cosine and sine. The kernel is exp(-‖x - y‖² / (2 bandwidth²)).
    """

    frequencies: FloatArray

    @classmethod
    def of(cls, reference: FloatArray, *, seed: int = 0) -> FourierFeatures:
        """Frequencies for the bandwidth at the median distance of two reference pictures (Gretton et al., 2012).

        Args:
            reference: components [N, K], finite.
            seed: of the frequencies.
        """
        drawn = np.random.default_rng([seed, 2]).standard_normal((reference.shape[1], FREQUENCIES))
        return cls((drawn / median_distance(reference, seed=seed)).astype(np.float32))

    def columns(self, values: NDArray[np.generic]) -> FloatArray:
        """Float32 [N, 2 F], each row of length 1."""
        angles = np.asarray(values, dtype=np.float32) @ self.frequencies
        scale = np.float32(1 / np.sqrt(self.frequencies.shape[1]))
        return np.concatenate([np.cos(angles), np.sin(angles)], axis=1) * scale

    def size(self, differences: FloatArray) -> NDArray[np.float64]:
        """Length of each row."""
        return np.sqrt(np.square(differences).sum(axis=1, dtype=np.float64))

    def by_chance(self, pooled: FloatArray, sizes: tuple[float, float], draws: int, rng: np.random.Generator) -> None:
        """See `SampleSummary`: no column is 0 for most pictures, so flips say it well."""


def _drawn(
    shares: NDArray[np.float64], sizes: tuple[float, float], draws: int, rng: np.random.Generator
) -> list[NDArray[np.float64]]:
    """Shares of two samples of one distribution, [draws, G] each."""
    shares = np.clip(shares, 0, None)
    counts = [max(1, round(size)) for size in sizes]
    return [rng.multinomial(count, shares / shares.sum(), draws) / count for count in counts]


def median_distance(points: FloatArray, *, seed: int = 0, most: int = 1000) -> float:
    """The median distance of two different points of (at most 1,000 of) `points` [N, K]; 1 where all are the same."""
    from scipy.spatial.distance import pdist

    if len(points) > most:
        points = points[np.random.default_rng([seed, 3]).choice(len(points), most, replace=False)]
    distances = pdist(points.astype(np.float64)) if len(points) > 1 else np.zeros(1)
    return float(np.median(distances)) or 1.0
