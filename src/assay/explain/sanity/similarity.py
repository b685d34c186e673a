"""How alike two maps order the places of a picture."""

from __future__ import annotations

import numpy as np

from assay.explain.maps import Maps
from assay.predictions import FloatArray


def rank_correlations(maps: Maps, others: Maps) -> FloatArray:
    """Spearman's rank correlation of each pair of maps; ties share their mean rank.

    Ranks do not depend on the scale of a map, which shuffled weights change. Where the other map is the same
    everywhere nothing of the first is left in it: 0. Where the first is, there is nothing to compare: NaN.

    Args:
        maps: [N, h, w].
        others: [N, h, w].

    Returns:
        [N] in [-1, 1], or NaN.
    """
    from scipy.stats import rankdata

    ranks, other_ranks = (
        rankdata(given.reshape(len(given), -1), axis=1).astype(np.float64) for given in (maps, others)
    )
    ranks -= ranks.mean(axis=1, keepdims=True)
    other_ranks -= other_ranks.mean(axis=1, keepdims=True)
    length, other_length = (np.sqrt((values**2).sum(axis=1)) for values in (ranks, other_ranks))
    product = (ranks * other_ranks).sum(axis=1)
    flat = other_length == 0
    correlations = np.where(flat, 0.0, product / np.where(flat | (length == 0), 1.0, length * other_length))
    return np.where(length == 0, np.nan, correlations)
