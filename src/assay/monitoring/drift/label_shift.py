"""Label shift: the mix of classes in a window, estimated without labels, with an interval over both samples."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from assay.errors import DataError
from assay.predictions import FloatArray, IntArray

Float64Array = NDArray[np.float64]
STEPS = 500
CLOSE = 1e-6
START = 1e-3
"""Least share that a resample begins from: from 0 a share never rises."""
MOST_ROWS = 4000
"""Of a window that estimates are resampled from: beyond it the interval is that of the reference."""


@dataclass(frozen=True, eq=False)
class MixEstimate:
    """The mix of classes in a window.

    Attributes:
        reference: float64 [C], shares of the classes in the reference.
        em: [C], by expectation maximisation from the probabilities.
        bbse: [C], from the predicted classes and the confusion matrix of the reference.
        low, high: [C], ends of the interval of `em`.
        bbse_low, bbse_high: [C], of `bbse`.
    """

    reference: Float64Array
    em: Float64Array
    bbse: Float64Array
    low: Float64Array
    high: Float64Array
    bbse_low: Float64Array
    bbse_high: Float64Array

    @property
    def changed(self) -> bool:
        """Whether the interval of some class leaves out what the reference has."""
        return bool(np.any((self.reference < self.low) | (self.reference > self.high)))

    @property
    def agree(self) -> bool:
        """Whether both estimates may be of one mix: the intervals of each class overlap."""
        return bool(np.all((self.low <= self.bbse_high) & (self.bbse_low <= self.high)))


def em_prior(
    probabilities: FloatArray,
    prior: Float64Array,
    weights: Float64Array | None = None,
    *,
    start: Float64Array | None = None,
    steps: int = STEPS,
) -> Float64Array:
    """The mix of classes under which probabilities, calibrated for another mix, are most likely; float64 [C].

    Args:
        probabilities: [N, C], calibrated where classes are mixed as `prior`.
        prior: [C], each above 0.
        weights: [N], any scale; None for equal ones.
        start: [C], from which to begin; the prior where None.
        steps: most rounds.

    Source: Saerens, Latinne and Decaestecker (2002), "Adjusting the outputs of a classifier to new a priori
    probabilities", equation 2.9; with calibrated probabilities as Alexandari, Kundaje and Shrikumar (2020).
    """
    ratios = probabilities.astype(np.float64) / prior
    shares = np.full(len(ratios), 1 / len(ratios)) if weights is None else weights / weights.sum()
    estimate = prior.copy() if start is None else start
    for _ in range(steps):
        joint = ratios * estimate
        following = shares @ (joint / np.maximum(joint.sum(axis=1, keepdims=True), 1e-300))
        following /= following.sum()
        if np.abs(following - estimate).max() < CLOSE:
            return np.asarray(following)
        estimate = following
    return estimate


def bbse_prior(confusion: Float64Array, predicted: Float64Array) -> Float64Array:
    """The mix of classes that gives the predicted classes through the confusion of the reference; float64 [C].

    Args:
        confusion: [C, C], probability of each prediction (row) given the true class (column).
        predicted: [C], shares of predictions in the window.

    Source: Lipton, Wang and Smola (2018), "Detecting and correcting for label shift with black box predictors",
    solved for shares that are not negative, as a matrix of few pictures may have no other solution.
    """
    from scipy.optimize import nnls

    # The last row makes the shares sum to 1; its weight only has to be large beside those of the others.
    system = np.vstack([confusion, np.full(confusion.shape[1], 10.0)])
    solution, _ = nnls(system, np.append(predicted, 10.0))
    return np.asarray(solution / solution.sum()) if solution.sum() else np.full(len(solution), 1 / len(solution))


def estimate_mix(
    reference: tuple[IntArray, IntArray],
    window: tuple[FloatArray, IntArray, IntArray],
    *,
    resamples: int = 200,
    confidence: float = 0.95,
    seed: int = 0,
) -> MixEstimate:
    """Estimate the mix of a window in both ways, with percentile intervals over reference and window.

    Args:
        reference: labels and predicted classes, [N] each.
        window: probabilities [n, C], predicted classes [n], source of each picture [n], which are resampled whole.
        resamples: of both.
        confidence: of the intervals.
        seed: of the resamples.

    Raises:
        DataError: a sample is empty.
    """
    labels, answers = reference
    probabilities, predicted, block = window
    if not len(labels) or not len(predicted):
        raise DataError(f"no mix of classes can be estimated from {len(labels)} and {len(predicted)} pictures")
    classes = probabilities.shape[1]
    rng = np.random.default_rng([seed, 4])
    estimates = _both(labels, answers, None, probabilities, predicted, None, classes)
    if len(predicted) > MOST_ROWS:
        rows = rng.choice(len(predicted), MOST_ROWS, replace=False)
        probabilities, predicted, block = probabilities[rows], predicted[rows], block[rows]
    _, source = np.unique(block, return_inverse=True)
    sources = int(source.max()) + 1
    drawn = np.array(
        [
            _both(
                labels,
                answers,
                rng.multinomial(len(labels), np.full(len(labels), 1 / len(labels))),
                probabilities,
                predicted,
                rng.multinomial(sources, np.full(sources, 1 / sources))[source],
                classes,
                np.maximum(estimates[0], START),
            )[:2]
            for _ in range(resamples)
        ]
    )
    tails = [(1 - confidence) / 2, (1 + confidence) / 2]
    (low, high), (bbse_low, bbse_high) = (np.quantile(drawn[:, which], tails, axis=0) for which in (0, 1))
    em, bbse, prior = estimates
    return MixEstimate(prior, em, bbse, low, high, bbse_low, bbse_high)


def class_weights(labels: IntArray, estimate: MixEstimate) -> Float64Array:
    """Weight of each reference picture, [N], under which its classes are mixed as in the window."""
    ratio = np.divide(estimate.em, estimate.reference, out=np.zeros_like(estimate.em), where=estimate.reference > 0)
    return np.asarray(np.maximum(ratio, 1e-6)[labels])


def _both(
    labels: IntArray,
    answers: IntArray,
    times: NDArray[np.integer] | None,
    probabilities: FloatArray,
    predicted: IntArray,
    window_times: NDArray[np.integer] | None,
    classes: int,
    start: Float64Array | None = None,
) -> tuple[Float64Array, Float64Array, Float64Array]:
    """By EM, by BBSE, and the reference's own mix, each [C]."""
    counted = np.bincount(answers.astype(np.int64) * classes + labels, weights=times, minlength=classes**2)
    # Half a right answer more in each class: none is without a row of the confusion matrix, and none impossible.
    joint: Float64Array = counted.reshape(classes, classes) + 0.5 * np.eye(classes)
    support = joint.sum(axis=0)
    prior = support / support.sum()
    weights = None if window_times is None else window_times.astype(np.float64)
    if weights is not None and not weights.sum():
        weights = None
    shares = np.bincount(predicted.astype(np.int64), weights=weights, minlength=classes).astype(np.float64)
    em = em_prior(probabilities, prior, weights, start=start)
    return em, bbse_prior(joint / support, shares / shares.sum()), prior
