"""Cohen's kappa and Krippendorff's alpha of many tables of counts at once."""

from __future__ import annotations

import numpy as np

from assay.evaluation.metrics.family import Float64Array
from assay.review.agreement.ratings import Codes

NOTHING = 1e-12
"""Expected disagreement below which there is none: one class alone was used, and agreement means nothing."""


def confusions(first: Codes, second: Codes, classes: int) -> Float64Array:
    """What two reviewers chose for each item, float64 [N, C, C]: one where they chose this pair, in their order."""
    table = np.zeros((len(first), classes, classes))
    table[np.arange(len(first)), first, second] = 1.0
    return table


def kappas(tables: Float64Array) -> Float64Array:
    """Cohen's kappa of each table, [...]; NaN where both have used one class alone, or there is nothing.

    Args:
        tables: counts [..., C, C], rows of the first reviewer, columns of the second.

    Source: Cohen (1960), "A coefficient of agreement for nominal scales".
    """
    total = tables.sum((-1, -2))
    with np.errstate(divide="ignore", invalid="ignore"):
        agreed = np.trace(tables, axis1=-2, axis2=-1) / total
        expected = (tables.sum(-1) * tables.sum(-2)).sum(-1) / total**2
        values = (agreed - expected) / (1 - expected)
    return np.where(1 - expected > NOTHING, values, np.nan)


def coincidences(codes: Codes, classes: int) -> Float64Array:
    """What each item adds to the table of coincidences, float64 [N, C, C]; 0 where fewer than two have chosen.

    Args:
        codes: int64 [N, reviewers], -1 where nothing was chosen.
        classes: C.

    Source: Krippendorff (2011), "Computing Krippendorff's Alpha-Reliability", section C, step 2.
    """
    counts = (codes[:, :, None] == np.arange(classes)).sum(axis=1).astype(np.float64)
    chosen = counts.sum(axis=1)
    pairs = counts[:, :, None] * counts[:, None, :] - counts[:, :, None] * np.eye(classes)
    scale = np.divide(1.0, chosen - 1, out=np.zeros_like(chosen), where=chosen > 1)
    table: Float64Array = pairs * scale[:, None, None]
    return table


def alphas(tables: Float64Array, *, ordinal: bool = False) -> Float64Array:
    """Krippendorff's alpha of each table, [...]; NaN where one class alone was used, or there is nothing.

    Args:
        tables: coincidences [..., C, C], summed over items.
        ordinal: whether classes are grades, in their order; then near misses count less.

    Source: Krippendorff (2011), sections C and D: delta of nominal and of ordinal data.
    """
    used = tables.sum(-1)
    total = used.sum(-1)
    apart = _ordinal_distances(used) if ordinal else np.broadcast_to(1 - np.eye(used.shape[-1]), tables.shape)
    observed = (tables * apart).sum((-1, -2))
    expected = (used[..., :, None] * used[..., None, :] * apart).sum((-1, -2))
    with np.errstate(divide="ignore", invalid="ignore"):
        values = 1 - (total - 1) * observed / expected
    return np.where(expected > NOTHING, values, np.nan)


def _ordinal_distances(used: Float64Array) -> Float64Array:
    """Squares of what lies between two grades, half of each end, [..., C, C]."""
    middle = np.cumsum(used, axis=-1) - used / 2
    squares: Float64Array = (middle[..., :, None] - middle[..., None, :]) ** 2
    return squares
