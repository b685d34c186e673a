"""Systematic resampling: rows drawn a fractional number of times each, as near to it as whole numbers come."""

from __future__ import annotations

import numpy as np

from assay.predictions import FloatArray, IntArray


def systematic_draws(repeats: FloatArray, labels: IntArray, draws: int, rng: np.random.Generator) -> IntArray:
    """Rows, each drawn as often as asked, rounded down or up at random, in random order.

    The expected number of draws of a row is exactly what is asked; the number really drawn differs from it by less than
    one, for each row and for each class together. Rounding each row by itself has the same expectation, but lets the
    counts of classes and the length of an epoch wander.

    Args:
        repeats: [N], expected draws of each row; their sum is `draws`.
        labels: [N] int, class indices.
        draws: number of draws, M.
        rng: the only source of randomness.

    Returns:
        [M] int.

    Source: Kitagawa (1996), "Monte Carlo filter and smoother", appendix.
    """
    rows = rng.permutation(len(labels))
    rows = rows[np.argsort(labels[rows], kind="stable")]
    reached = np.cumsum(repeats[rows])
    points = rng.random() + np.arange(draws)
    # Rounding can leave the last point beyond the last sum by a hair.
    drawn = rows[np.minimum(np.searchsorted(reached, points, side="right"), len(rows) - 1)]
    return rng.permutation(drawn)
