"""Recalibration: how confidence was related to being right on the reference, with how surely that is known."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from assay.errors import DataError
from assay.evaluation.metrics.family import Float64Array
from assay.predictions import FloatArray, IntArray

EDGE = 1e-4
"""Confidence nearer to 0 or 1 than this counts as so near: one answer must not outweigh a thousand."""
PRIOR = np.diag([0.01, 1.0])
"""Precision of the prior, which is that confidence is right as it is: weak, so that only tiny references feel it."""


@dataclass(frozen=True)
class Recalibration:
    """The chance that an answer is right is sigmoid(offset + slope * logit(confidence)).

    Attributes:
        offset: 0 where confidence is right on average.
        slope: 1 where it spreads as it should.
        covariance: [2, 2] of both, with what belongs together counted once.
        freedom: degrees of freedom of it.
    """

    offset: float
    slope: float
    covariance: tuple[tuple[float, float], tuple[float, float]]
    freedom: float

    def applied(
        self, probabilities: FloatArray, predicted: IntArray, shift: tuple[float, float] = (0, 0)
    ) -> FloatArray:
        """The probabilities as they should have been: that of the predicted class changes, the others keep their ratio.

        Args:
            probabilities: [N, C].
            predicted: [N], class indices.
            shift: added to offset and slope, for derivatives.

        Returns:
            float64 [N, C], rows sum to 1.
        """
        rows = np.arange(len(predicted))
        before = probabilities[rows, predicted].astype(np.float64)
        after = _sigmoid(self.offset + shift[0] + (self.slope + shift[1]) * _logit(before))
        rest = np.maximum(1 - before, 1e-12)
        changed = probabilities * ((1 - after) / rest)[:, None]
        changed[rows, predicted] = after
        # Where nothing was left for the others, it goes to all of them alike.
        missing = 1 - changed.sum(axis=1)
        changed += (missing / max(1, probabilities.shape[1] - 1))[:, None]
        changed[rows, predicted] = after
        return changed


def fit_recalibration(
    confidence: FloatArray, correct: NDArray[np.bool_], groups: IntArray, weights: Float64Array | None = None
) -> Recalibration:
    """Learn it from answers whose class is known, of calib and test, never of train.

    Args:
        confidence: [N], calibrated, of the predicted class.
        correct: [N], whether it was right.
        groups: [N], from 0; pictures of one group go together.
        weights: [N], mean 1: what each counts for, from `shift_weights`; None where all count alike.

    Raises:
        DataError: there are no such answers.

    Source: Cox (1958) for the two numbers; Liang and Zeger (1986) for their covariance over groups.
    """
    if len(confidence) == 0:
        raise DataError("there are no answers with a known class to learn from how far confidence can be believed")
    inputs = np.column_stack([np.ones(len(confidence)), _logit(np.asarray(confidence, np.float64))])
    truth = np.asarray(correct, np.float64)
    share = np.ones(len(truth)) if weights is None else np.asarray(weights, np.float64)
    theta = start = np.array([0.0, 1.0])
    for _ in range(50):
        chance = _sigmoid(inputs @ theta)
        slope = inputs.T @ (share * (truth - chance)) - PRIOR @ (theta - start)
        curve = (inputs * (share * chance * (1 - chance))[:, None]).T @ inputs + PRIOR
        step = np.linalg.solve(curve, slope)
        theta = theta + step * min(1.0, 2.0 / max(float(np.abs(step).max()), 1e-12))
        if np.abs(step).max() < 1e-10:
            break
    chance = _sigmoid(inputs @ theta)
    curve = (inputs * (share * chance * (1 - chance))[:, None]).T @ inputs + PRIOR
    each = inputs * (share * (truth - chance))[:, None]
    sums = np.column_stack([np.bincount(groups, weights=column) for column in each.T])
    count = max(2, len(np.unique(groups)))
    inverse = np.linalg.inv(curve)
    wide = inverse @ (sums.T @ sums * (count / (count - 1))) @ inverse
    covariance = tuple(tuple(float(value) for value in row) for row in wide)
    worth = count * float(share.sum() ** 2 / (len(share) * (share**2).sum()))
    return Recalibration(float(theta[0]), float(theta[1]), covariance, max(1.0, worth - 1))  # type: ignore[arg-type]


def _logit(share: Float64Array) -> Float64Array:
    inside = np.clip(share, EDGE, 1 - EDGE)
    return np.log(inside / (1 - inside))


def _sigmoid(value: Float64Array) -> Float64Array:
    return 1 / (1 + np.exp(-np.clip(value, -60, 60)))
