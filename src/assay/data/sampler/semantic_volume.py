"""Semantic volume: how varied the images of a class are, by the space that their embeddings take up."""

from __future__ import annotations

import numpy as np

from assay.predictions import FloatArray, IntArray

FEWEST, MOST = 5, 128
MOST_BLOCKS = 8


def semantic_volume(features: FloatArray, *, shrinkage: float = 0.1) -> float:
    """V = ½ · log2 det(I + (d / m) · ZᵀZ) of centred features Z, with a shrunk covariance; in bits, 0 or more.

    The covariance S = ZᵀZ / m is mixed with the sphere of the same trace, (1 - λ) · S + λ · tr(S) / d · I. Where there
    are fewer features than dimensions, the same determinant comes from the Gram matrix ZZᵀ, m × m.

    Args:
        features: [m, d], m of 1 or more; centred here.
        shrinkage: λ in [0, 1].

    Source: arXiv 2212.14613, "Delving into semantic scale imbalance", equation 1, for the volume; Ledoit and Wolf
    (2004) for the target of the shrinkage.
    """
    z = np.asarray(features, dtype=np.float64)
    m, d = z.shape
    z = z - z.mean(axis=0)
    sphere = 1 + shrinkage * float((z**2).sum()) / m
    small = z @ z.T if m < d else z.T @ z
    scaled = (1 - shrinkage) * d / m * small
    scaled[np.diag_indices_from(scaled)] += sphere
    logarithm = np.linalg.slogdet(scaled)[1] + max(0, d - m) * np.log(sphere)
    return max(0.0, float(logarithm) / (2 * np.log(2)))


def class_volumes(embeddings: FloatArray, labels: IntArray, *, shrinkage: float = 0.1, seed: int = 0) -> FloatArray:
    """[C] float64, the semantic volume of each class, comparable between classes of different size.

    V of a sample grows with its number of images, so every class is measured on blocks of the same number m: that of
    the smallest class, at least 5 and at most 128. A class with more images is cut into disjoint blocks at random (8 at
    most) and gets the mean over them: its own size only makes the number surer. A class with fewer than 5 images cannot
    be measured and is NaN. One factor scales all embeddings, so that the images lie at a mean squared distance of 1
    from the mean of their class, and λ is one number for all: an estimated one would depend on m again.

    Args:
        embeddings: [N, D], by a network that has not been trained on these images: features that were fitted to their
            labels have collapsed, and say how well a class was learned instead of how varied it is.
        labels: [N] int, class indices.
        shrinkage: λ in [0, 1], see `semantic_volume`.
        seed: decides the blocks.
    """
    counts = np.bincount(labels)
    measured = np.flatnonzero(counts >= FEWEST)
    volumes = np.full(len(counts), np.nan)
    if not len(measured):
        return volumes
    block = int(min(MOST, counts[measured].min()))
    scale = _spread(embeddings, labels)
    for label in measured:
        rows = np.random.default_rng([seed, int(label)]).permutation(np.flatnonzero(labels == label))
        blocks = [rows[start : start + block] for start in range(0, len(rows) - block + 1, block)][:MOST_BLOCKS]
        block_volumes = [semantic_volume(embeddings[chosen] / scale, shrinkage=shrinkage) for chosen in blocks]
        volumes[label] = np.mean(block_volumes)
    return volumes


def _spread(embeddings: FloatArray, labels: IntArray) -> float:
    """Root of the mean squared distance of images from the mean of their class; 1 where all are the same."""
    square, freedom = 0.0, 0
    for label in np.unique(labels):
        own = np.asarray(embeddings[labels == label], dtype=np.float64)
        square += float(((own - own.mean(axis=0)) ** 2).sum())
        freedom += len(own) - 1
    return float(np.sqrt(square / freedom)) if square > 0 else 1.0
