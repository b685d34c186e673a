"""Margins of the confusion matrix: metrics as functions of them, and how each answer moves a metric."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from assay.evaluation.metrics.confusion import confusion_metrics
from assay.evaluation.metrics.family import Float64Array
from assay.predictions import FloatArray, IntArray

METRICS = ("accuracy", "balanced_accuracy", "macro_f1")
"""What can be estimated: they follow from the margins of the confusion matrix and its diagonal."""


@dataclass(frozen=True)
class Margins:
    """Sums over a confusion matrix of shares.

    Attributes:
        support: [C], share of answers whose class each is.
        predicted: [C], share that each class is predicted for.
        hits: [C], share that is of the class and predicted so.
    """

    support: Float64Array
    predicted: Float64Array
    hits: Float64Array

    def value(self, metric: str) -> float:
        """The metric, by the formula of the evidence; NaN where it is undefined."""
        return float(confusion_metrics(self.support, self.predicted, self.hits)[metric])

    def scores(self, metric: str, classes: FloatArray, predicted: IntArray) -> Float64Array:
        """How far each answer moves the metric: its derivative by the answer's own share, up to a constant.

        Args:
            metric: of `METRICS`.
            classes: [N, C], what each picture is: probabilities, or one-hot.
            predicted: [N], class indices.

        Returns:
            float64 [N].
        """
        support, given, hits = _derivatives(metric, self)
        rows = np.arange(len(predicted))
        return classes @ support + given[predicted] + hits[predicted] * classes[rows, predicted]

    def mixed(self, other: Margins, share: float) -> Margins:
        """Margins between these and others: share 0 gives these."""
        parts = (self.support, other.support), (self.predicted, other.predicted), (self.hits, other.hits)
        return Margins(*((1 - share) * mine + share * theirs for mine, theirs in parts))


def margins_of(classes: FloatArray, predicted: IntArray, weights: NDArray[Any] | None = None) -> Margins:
    """The margins of some answers.

    Args:
        classes: [N, C], what each picture is: probabilities, or one-hot.
        predicted: [N], class indices.
        weights: [N], not negative; None for equal ones.
    """
    n, c = classes.shape
    share = np.full(n, 1.0 / n) if weights is None else np.asarray(weights, np.float64) / float(np.sum(weights))
    of_predicted = classes[np.arange(n), predicted]
    return Margins(
        np.asarray(share @ classes, dtype=np.float64),
        np.asarray(np.bincount(predicted, weights=share, minlength=c), dtype=np.float64),
        np.asarray(np.bincount(predicted, weights=share * of_predicted, minlength=c), dtype=np.float64),
    )


def one_hot(labels: IntArray, classes: int) -> Float64Array:
    """Float64 [N, C] with a 1 at each label."""
    known = np.zeros((len(labels), classes))
    known[np.arange(len(labels)), labels] = 1.0
    return known


def _derivatives(metric: str, margins: Margins) -> tuple[Float64Array, Float64Array, Float64Array]:
    """By the support, by what is predicted, and by the hits of each class, [C] each."""
    support, predicted, hits = margins.support, margins.predicted, margins.hits
    zero, total = np.zeros(len(support)), float(support.sum())
    if metric == "accuracy":
        return zero - float(hits.sum()) / total**2, zero, zero + 1 / total
    present = support > 0
    count = max(1, int(present.sum()))
    if metric == "balanced_accuracy":
        safe = np.where(present, support, 1.0)
        return np.where(present, -hits / safe**2, 0.0) / count, zero, np.where(present, 1 / safe, 0.0) / count
    both = np.where(present, support + predicted, 1.0)
    share = np.where(present, -2 * hits / both**2, 0.0) / count
    return share, share, np.where(present, 2 / both, 0.0) / count
