"""How good a model is, from few labels drawn at random and the confidence of all answers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from assay.errors import DataError
from assay.evaluation.metrics.family import Float64Array
from assay.monitoring.estimate.blocks import block_variance, centred, share_interval
from assay.monitoring.estimate.estimate import ASSUMPTIONS, FEWEST, PREDICTION_POWERED, Estimate
from assay.monitoring.estimate.margins import Margins, margins_of, one_hot
from assay.predictions import FloatArray, IntArray

POWERED = ("accuracy", "macro_f1")
"""Not balanced accuracy: of a class of which ten labels are all right, it would take the recall as exactly known."""


def prediction_powered_estimates(
    probabilities: FloatArray,
    predicted: IntArray,
    keys: IntArray,
    labelled: IntArray,
    labels: IntArray,
    *,
    weights: NDArray[Any] | None = None,
    metrics: Sequence[str] = POWERED,
    confidence: float = 0.95,
) -> tuple[Estimate, ...]:
    """Metrics from labels, made surer by the confidence of the answers without one.

    The labels say by how much confidence is wrong, so the interval holds whatever has become of calibration. How much
    confidence is listened to is tuned, so it is not wider than of the labels alone.

    Args:
        probabilities: [N, C] of all answers.
        predicted: [N], class indices.
        keys: [N], from 0: pictures of one key are not independent.
        labelled: [n], rows whose class is known; drawn at random, with chances in proportion to 1 / weight.
        labels: [n], their class indices.
        weights: [n], 1 / the chance to be drawn; None where it was the same for all.
        metrics: of `POWERED`.
        confidence: level of intervals.

    Raises:
        DataError: rows, labels and weights are not equally many, or a row is named twice.

    Source: Angelopoulos et al. (2023), "Prediction-powered inference"; Angelopoulos, Duchi and Zrnic (2023), "PPI++",
    for the tuning. Metrics other than accuracy by linearisation.
    """
    _check(labelled, labels, weights)
    n, count, size = len(predicted), len(np.unique(keys)), len(labelled)
    about = (PREDICTION_POWERED, n, size, count, ASSUMPTIONS[PREDICTION_POWERED])
    if size < FEWEST:
        why = f"undefined: {size} labels; {FEWEST} are needed"
        return tuple(Estimate(metric, None, None, None, *about, why, confidence) for metric in metrics)
    rest = np.setdiff1d(np.arange(n), labelled)
    parts = _Parts(probabilities, predicted, keys, rest, labelled, labels, weights)
    made = []
    for metric in metrics:
        value, interval, tuned = parts.estimate(metric, confidence)
        how = "no interval: one key" if interval is None else f"delta method over {count} keys, power {tuned:.2f}"
        low, high = interval or (None, None)
        made.append(Estimate(metric, value, low, high, *about, how, confidence))
    return tuple(made)


class _Parts:
    """What labels say, what confidence says of the same answers, and what it says of the others."""

    def __init__(
        self,
        probabilities: FloatArray,
        predicted: IntArray,
        keys: IntArray,
        rest: IntArray,
        labelled: IntArray,
        labels: IntArray,
        weights: NDArray[Any] | None,
    ) -> None:
        self.weights = None if weights is None else np.asarray(weights, np.float64)
        self.truth = one_hot(labels, probabilities.shape[1])
        self.here, self.here_predicted = probabilities[labelled].astype(np.float64), predicted[labelled]
        self.rest, self.rest_predicted = probabilities[rest], predicted[rest]
        self.keys = np.concatenate([keys[labelled], keys[rest]])
        self.labelled_keys = len(np.unique(keys[labelled]))
        known = margins_of(self.truth, self.here_predicted, self.weights)
        here = margins_of(self.here, self.here_predicted, self.weights)
        elsewhere = margins_of(self.rest, self.rest_predicted) if len(rest) else here
        self.known, self.gap = known, _minus(elsewhere, here)

    def estimate(self, metric: str, confidence: float) -> tuple[float, tuple[float, float] | None, float]:
        """Value, interval, and how much confidence is listened to, from 0 to 1."""
        tuned, margins = 0.0, self.known
        for _ in range(2):  # where the metric is a mean, the second changes nothing
            own, helped = self._influence(metric, margins)
            mine, theirs = (np.bincount(self.keys, weights=part) for part in (own, helped))
            spread = float(theirs @ theirs)
            tuned = min(max(-float(mine @ theirs) / spread, 0.0), 1.0) if spread > 0 else 0.0
            margins = _plus(self.known, self.gap, tuned, bounded=metric != "accuracy")
        own, helped = self._influence(metric, margins)
        variance = block_variance(own + tuned * helped, self.keys)
        # The labels are what is few: they say how surely the variance itself is known.
        variance = type(variance)(variance.value, min(variance.freedom, max(1.0, self.labelled_keys - 1)))
        value = min(max(margins.value(metric), 0.0), 1.0)
        return value, share_interval(value, variance, confidence, units=self.labelled_keys), tuned

    def _influence(self, metric: str, margins: Margins) -> tuple[Float64Array, Float64Array]:
        """[n + N] of the labels alone, and of what confidence adds, at power 1."""
        truth = centred(margins.scores(metric, self.truth, self.here_predicted), self.weights)
        here = centred(margins.scores(metric, self.here, self.here_predicted), self.weights)
        none = np.zeros(len(self.rest_predicted))
        if not len(none):
            return truth, np.zeros(len(truth))
        elsewhere = centred(margins.scores(metric, self.rest, self.rest_predicted))
        return np.concatenate([truth, none]), np.concatenate([-here, elsewhere])


def _minus(first: Margins, second: Margins) -> Margins:
    return Margins(first.support - second.support, first.predicted - second.predicted, first.hits - second.hits)


def _plus(known: Margins, gap: Margins, share: float, *, bounded: bool) -> Margins:
    """Known margins and a share of the gap; bounded, none falls below nothing, nor hits exceed what holds them."""
    if not bounded:
        parts = (known.support, gap.support), (known.predicted, gap.predicted), (known.hits, gap.hits)
        return Margins(*(mine + share * more for mine, more in parts))
    support = np.maximum(known.support + share * gap.support, 0.0)
    predicted = np.maximum(known.predicted + share * gap.predicted, 0.0)
    hits = np.maximum(known.hits + share * gap.hits, 0.0)
    return Margins(support, predicted, np.minimum(hits, np.minimum(support, predicted)))


def _check(labelled: IntArray, labels: IntArray, weights: NDArray[Any] | None) -> None:
    if len(labels) != len(labelled) or (weights is not None and len(weights) != len(labelled)):
        sizes = f"{len(labelled)} rows, {len(labels)} labels" + ("" if weights is None else f", {len(weights)} weights")
        raise DataError(f"{sizes}: each labelled answer needs one of each")
    if len(np.unique(labelled)) != len(labelled):
        raise DataError(f"{len(labelled) - len(np.unique(labelled))} answers are named more than once as labelled")
