"""Shift weights: how much each picture of the reference counts, so that together they are like those of the window."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from assay.evaluation.metrics.family import Float64Array
from assay.predictions import FloatArray

LARGEST = 10.0
"""Most that a picture counts for: what the window has and the reference hardly knows must not hang on a few of them."""
ENOUGH = 100.0
"""Pictures that the reference has to be worth; below, the window is somewhere else, and all count alike."""
RIDGE = 1.0
ROUNDS = 30


@dataclass(frozen=True)
class ShiftWeights:
    """What pictures of a reference count for.

    Attributes:
        weights: [N], mean 1.
        worth: how many pictures that count alike would say as much (Kish 1965).
        used: whether they are worth enough; otherwise all weights are 1.
    """

    weights: Float64Array
    worth: float
    used: bool


def shift_weights(reference: FloatArray, window: FloatArray) -> ShiftWeights:
    """Weights of a reference, from statistics of its pictures and of those of a window.

    A logistic regression tells both apart by ranks among the reference; its odds are the ratio of densities. Where a
    window is as the reference was, all come out near 1.

    Args:
        reference: [N, S]; NaN counts as the median.
        window: [M, S], the same statistics.

    Source: Sugiyama, Suzuki and Kanamori (2012), chapter 4, for the odds of a classifier as the ratio of densities.
    """
    count = len(reference)
    even = ShiftWeights(np.ones(count), float(count), False)
    if not count or not len(window) or not reference.shape[1]:
        return even
    scaled = [_normal_scores(reference[:, k], reference[:, k], window[:, k]) for k in range(reference.shape[1])]
    scaled += [column**2 - 1 for column in scaled]  # what spreads wider or narrower than before
    before = np.column_stack([np.ones(count), *(column[:count] for column in scaled)])
    now = np.column_stack([np.ones(len(window)), *(column[count:] for column in scaled)])
    inputs = np.vstack([before, now])
    belongs = np.r_[np.zeros(count), np.ones(len(window))]
    # Both sides weigh the same, however many pictures they have.
    share = np.r_[np.full(count, 0.5 / count), np.full(len(window), 0.5 / len(window))] * (count + len(window))
    ridge = RIDGE * np.eye(inputs.shape[1])
    ridge[0, 0] = 0.0
    theta = np.zeros(inputs.shape[1])
    for _ in range(ROUNDS):
        chance = 1 / (1 + np.exp(-np.clip(inputs @ theta, -30, 30)))
        slope = inputs.T @ (share * (belongs - chance)) - ridge @ theta
        curve = (inputs * (share * chance * (1 - chance))[:, None]).T @ inputs + ridge + 1e-9 * np.eye(len(theta))
        step = np.linalg.solve(curve, slope)
        theta = theta + step
        if np.abs(step).max() < 1e-8:
            break
    odds = np.exp(np.clip(before @ theta, -30, 30))
    odds = np.minimum(odds / odds.mean(), LARGEST)
    weights = odds / odds.mean()
    worth = float(weights.sum() ** 2 / (weights**2).sum())
    return ShiftWeights(weights, worth, True) if worth >= min(ENOUGH, count / 2) else even


def _normal_scores(known: FloatArray, reference: FloatArray, window: FloatArray) -> Float64Array:
    """Ranks among what is known, as quantiles of a normal, [N + M]; what lies outside gets the outermost."""
    from scipy.special import ndtri

    ordered = np.sort(known[np.isfinite(known)].astype(np.float64))
    both = np.concatenate([reference, window]).astype(np.float64)
    if not len(ordered) or ordered[0] == ordered[-1]:
        return np.zeros(len(both))
    both = np.where(np.isfinite(both), both, np.median(ordered))
    middle = (np.searchsorted(ordered, both, "left") + np.searchsorted(ordered, both, "right")) / 2
    return np.asarray(ndtri((middle + 0.5) / (len(ordered) + 1)), dtype=np.float64)
