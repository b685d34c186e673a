"""Label noise: how many labels of a dataset are wrong by chance, and how many would look wrong if none were."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize
from scipy.special import expit, logsumexp, softmax

from assay.predictions import IntArray

FloatArray = NDArray[np.float64]
REDRAWS = 20


@dataclass(frozen=True, eq=False)
class NoiseModel:
    """Labels as draws from probabilities that are calibrated, of which some were exchanged for any other.

    Attributes:
        temperature: that logits are divided by.
        flipped: share of labels that were exchanged.
    """

    temperature: float
    flipped: float

    def probabilities(self, logits: FloatArray) -> FloatArray:
        """Of the classes before anything was exchanged, [N, C]."""
        return np.asarray(softmax(logits / self.temperature, axis=1))


def fit_noise(logits: FloatArray, labels: IntArray) -> NoiseModel:
    """Temperature and share of exchanged labels by maximum likelihood.

    A picture that is hard to tell makes several labels probable; one that is easy to tell and has another label cannot
    be explained so. Together both are fitted, because a temperature alone would take wrong labels for doubt.

    Args:
        logits: [N, C], out of fold.
        labels: [N].

    Source: the symmetric noise of Patrini et al. (2017), "Making deep neural networks robust to label noise", with the
    temperature of Guo et al. (2017).
    """
    others = logits.shape[1] - 1
    rows = np.arange(len(labels))

    def loss(parameters: FloatArray) -> float:
        scaled = logits / np.exp(parameters[0])
        given = np.exp((scaled - logsumexp(scaled, axis=1, keepdims=True))[rows, labels])
        flipped = 0.5 * expit(parameters[1])
        return float(-np.log((1 - flipped) * given + flipped * (1 - given) / others + 1e-300).mean())

    starts = [np.array([0.0, -3.0]), np.array([-1.0, -1.0]), np.array([0.0, -8.0])]
    best = min((minimize(loss, start, method="Nelder-Mead") for start in starts), key=lambda fit: float(fit.fun))
    return NoiseModel(float(np.exp(best.x[0])), float(0.5 * expit(best.x[1])))


def false_discovery(
    scores: FloatArray,
    labels: IntArray,
    redrawn: list[tuple[FloatArray, IntArray]],
) -> tuple[FloatArray, dict[int, float]]:
    """For each flagged picture the share of false ones among those that are flagged as surely.

    Of its class or of all classes, whichever is more: a class that is hard to tell is judged by itself, and the one
    picture of a class that happens to be flagged is judged with all others.

    Args:
        scores: [F], of the flagged pictures; smaller is surer.
        labels: [F], theirs.
        redrawn: the same of datasets in which no label is wrong.

    Returns:
        float64 [F], 0 to 1, and by class how many are flagged in a dataset in which no label is wrong.
    """
    shares = _shares(scores, np.concatenate([own for own, _ in redrawn]), len(redrawn))
    expected = {}
    for label in np.unique(np.concatenate([labels, *(own for _, own in redrawn)])).tolist():
        by_chance = np.concatenate([own[theirs == label] for own, theirs in redrawn])
        expected[int(label)] = len(by_chance) / len(redrawn)
        rows = np.flatnonzero(labels == label)
        shares[rows] = np.maximum(shares[rows], _shares(scores[rows], by_chance, len(redrawn)))
    return shares, expected


def _shares(scores: FloatArray, by_chance: FloatArray, draws: int) -> FloatArray:
    """Of those at least as sure as each, how many are expected to be false, [F], 0 to 1."""
    order = np.argsort(scores, kind="stable")
    false = np.searchsorted(np.sort(by_chance), scores[order], side="right") / draws
    share = np.minimum(false / np.arange(1, len(order) + 1), 1)
    shares = np.empty(len(scores))
    # Who is surer is not listed as less sure because somebody surer still is a false one.
    shares[order] = np.minimum.accumulate(share[::-1])[::-1]
    return shares


def redraw(probabilities: FloatArray, rng: np.random.Generator) -> IntArray:
    """Labels [N] drawn from probabilities [N, C]."""
    below = (probabilities.cumsum(axis=1) < rng.random((len(probabilities), 1))).sum(axis=1)
    return np.asarray(np.minimum(below, probabilities.shape[1] - 1))


def redrawn_flags(
    probabilities: FloatArray, flag: Callable[[IntArray], tuple[NDArray[np.intp], FloatArray]], *, seed: int
) -> list[tuple[FloatArray, IntArray]]:
    """Scores and labels of what is flagged in datasets whose labels are draws from these probabilities.

    Args:
        probabilities: [N, C].
        flag: gives the flagged rows of labels [N], and the scores of these.
        seed: of the draws.
    """
    rng = np.random.default_rng(seed)
    drawn = []
    for _ in range(REDRAWS):
        labels = redraw(probabilities, rng)
        rows, scores = flag(labels)
        drawn.append((scores, labels[rows]))
    return drawn
