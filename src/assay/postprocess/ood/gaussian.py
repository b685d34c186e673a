"""Gaussian: a covariance that may be shrunk, factorised once, and squared Mahalanobis distances by it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.linalg import LinAlgError, cholesky, solve_triangular

from assay.postprocess.ood.blocks import ROWS, Blocks, Float64Array
from assay.predictions import IntArray


@dataclass(frozen=True)
class Gaussian:
    """A covariance by its factor.

    Attributes:
        factor: lower triangular [D, D], covariance = factor @ factor.T.
        shrinkage: share of the scaled identity in the covariance, 0 to 1.
        flat: whether there was no variance at all; distances are Euclidean then.
    """

    factor: Float64Array
    shrinkage: float
    flat: bool

    @classmethod
    def of(cls, blocks: Blocks, centers: Float64Array, of_row: IntArray | None = None) -> Gaussian:
        """Fit to what rows [N, D] are from their centers; N may be smaller than D.

        Args:
            blocks: the rows.
            centers: [K, D].
            of_row: int [N], which center is a row's; None where there is one.
        """
        n, d = blocks.rows.shape
        covariance, squares, fourth = np.zeros((d, d)), 0.0, 0.0
        for part, block in blocks:
            residuals = block - (centers if of_row is None else centers[of_row[part]])
            covariance += residuals.T @ residuals
            squares += float((block**2).sum())
            fourth += float(((residuals**2).sum(axis=1) ** 2).sum())
        covariance /= n
        mean_variance = float(np.trace(covariance)) / d
        if mean_variance <= 1e-20 * squares / (n * d):  # nothing but rounding
            return cls(np.eye(d), 1.0, True)
        shrinkage = ledoit_wolf_shrinkage(covariance, fourth, n)
        covariance *= 1 - shrinkage
        covariance.flat[:: d + 1] += shrinkage * mean_variance
        try:
            factor = cholesky(covariance, lower=True)
        except LinAlgError:  # no shrinkage, as for a single image
            covariance.flat[:: d + 1] += 1e-6 * mean_variance
            factor = cholesky(covariance, lower=True)
        return cls(factor, shrinkage, False)

    def whitened(self, rows: Float64Array) -> Float64Array:
        """Rows [N, D] in the coordinates where the covariance is the identity, [N, D]."""
        return np.ascontiguousarray(solve_triangular(self.factor, rows.T, lower=True, check_finite=False).T)

    def packed(self) -> Float64Array:
        """The lower triangle of the factor, [D (D + 1) / 2], half of what the square would take."""
        return self.factor[np.tril_indices(len(self.factor))]

    @classmethod
    def unpacked(cls, packed: Float64Array, shrinkage: float, flat: bool) -> Gaussian:
        """The one whose `packed()` this is."""
        side = round((np.sqrt(8 * len(packed) + 1) - 1) / 2)
        factor = np.zeros((side, side))
        factor[np.tril_indices(side)] = packed
        return cls(factor, shrinkage, flat)


def ledoit_wolf_shrinkage(covariance: Float64Array, fourth: float, n: int) -> float:
    """The share of the scaled identity that brings a covariance nearest to the true one in squared error.

    Args:
        covariance: [D, D], residuals.T @ residuals / N.
        fourth: sum over the residuals of the fourth power of their length.
        n: N.

    Source: Ledoit and Wolf (2004), A well-conditioned estimator for large-dimensional covariance matrices, lemma 3.3.
    """
    d = len(covariance)
    mean_variance = float(np.trace(covariance)) / d
    squares = float((covariance**2).sum())
    spread = squares / d - mean_variance**2
    noise = (fourth / n - squares) / (n * d)
    noise = min(max(noise, 0.0), spread)
    return noise / spread if spread > 0 and noise > 0 else 0.0


def nearest(rows: Float64Array, centers: Float64Array) -> Float64Array:
    """Squared Euclidean distance of each row [N, D] to the nearest of K centers [K, D], float64 [N]."""
    distances = np.empty(len(rows))
    lengths = (centers**2).sum(axis=1)
    for start in range(0, len(rows), ROWS):
        part = rows[start : start + ROWS]
        relative_distances = lengths - 2 * part @ centers.T
        distances[start : start + ROWS] = (part**2).sum(axis=1) + relative_distances.min(axis=1)
    return np.maximum(distances, 0.0)
