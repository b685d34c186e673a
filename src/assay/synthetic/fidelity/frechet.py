"""Fréchet distance of two sets of features, exact at the cost of the smaller of images and features."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from assay.errors import DataError

Float64Array = NDArray[np.float64]


def frechet_distance(first: NDArray[np.floating], second: NDArray[np.floating]) -> float:
    """Squared Fréchet distance of the Gaussians of two sets of features; FID where they are Inception's.

    The trace of the root of S1·S2 is the sum of the singular values of X1·X2ᵀ / √((n1-1)(n2-1)), X centred, so no
    D×D matrix is needed for fewer images than features, and none is ever rooted.

    Args:
        first: [n1, D], n1 at least 2.
        second: [n2, D], likewise.

    Raises:
        DataError: fewer than two images, or sets of different features.

    Source: Dowson and Landau (1982); Heusel et al. (2017). Equal to torch-fidelity's, which takes the eigenvalues of
    S1·S2. Whether the covariances have the rank that makes the number worth anything is for the caller to ask.
    """
    if first.shape[1] != second.shape[1] or min(len(first), len(second)) < 2:
        raise DataError(f"no Fréchet distance between features of shapes {first.shape} and {second.shape}")
    (mean1, root1), (mean2, root2) = _rooted(first), _rooted(second)
    shift = mean1 - mean2
    spread = float(np.sum(root1**2)) + float(np.sum(root2**2))
    return max(0.0, float(shift @ shift) + spread - 2 * _nuclear_norm(root1 @ root2.T))


def lacking_rank(first: NDArray[np.floating], second: NDArray[np.floating]) -> tuple[int, int, int] | None:
    """Which covariance has less rank than the images of both sides have dimensions together.

    A feature that no image of either side varies in takes nothing away: it is in neither covariance. What is left is a
    set whose images are alike, or fewer than dimensions, of which a Gaussian says nothing outside of what they span.

    Args:
        first: [n1, D].
        second: [n2, D].

    Returns:
        The side (0 or 1) with the lesser rank, its rank, and the dimensions; None where both have full rank.
    """
    ranks = [covariance_rank(features) for features in (first, second)]
    if min(ranks) == first.shape[1]:
        return None
    dimensions = covariance_rank(np.concatenate([first, second]))
    side = int(ranks[1] < ranks[0])
    return None if ranks[side] == dimensions else (side, ranks[side], dimensions)


def covariance_rank(features: NDArray[np.floating]) -> int:
    """Rank of the covariance of features [n, D], as far as single precision tells it from less."""
    values = features.astype(np.float64)
    values -= values.mean(axis=0)
    gram = values @ values.T if len(values) <= values.shape[1] else values.T @ values
    spread = np.linalg.eigvalsh(gram)
    # Features were computed in single precision: around a mean, that is all that differences can be trusted to.
    noise = len(values) * float(np.abs(features).max(initial=0) * np.finfo(np.float32).eps) ** 2
    floor = max(noise, float(spread[-1]) * len(gram) * np.finfo(np.float64).eps)
    return int((spread > floor).sum())


def _rooted(features: NDArray[np.floating]) -> tuple[Float64Array, Float64Array]:
    """Mean [D], and A [min(n, D), D] with AᵀA the covariance (n - 1 in the denominator)."""
    values = features.astype(np.float64)
    mean = values.mean(axis=0)
    values -= mean
    values /= np.sqrt(len(values) - 1)
    if len(values) <= values.shape[1]:
        return mean, values
    variances, directions = np.linalg.eigh(values.T @ values)
    return mean, np.sqrt(np.maximum(variances, 0))[:, None] * directions.T


def _nuclear_norm(matrix: Float64Array) -> float:
    return float(np.linalg.svd(matrix, compute_uv=False).sum())


def principal_directions(features: NDArray[np.floating], count: int) -> tuple[Float64Array, Float64Array]:
    """Mean [D] and the first `count` principal directions [D, count] of features [n, D], n above `count`."""
    values = features.astype(np.float64)
    mean = values.mean(axis=0)
    values -= mean
    if len(values) > values.shape[1]:
        _, vectors = np.linalg.eigh(values.T @ values)
        return mean, np.ascontiguousarray(vectors[:, ::-1][:, :count])
    spread, vectors = np.linalg.eigh(values @ values.T)
    directions = values.T @ vectors[:, ::-1][:, :count]
    return mean, directions / np.sqrt(np.maximum(spread[::-1][:count], np.finfo(np.float64).tiny))
