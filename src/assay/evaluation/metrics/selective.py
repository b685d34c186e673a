"""Metrics of the reject option: how fast the risk falls when the least confident answers are withheld."""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np

from assay.evaluation.metrics.family import Float64Array, MetricFamily, row_per_cell
from assay.evaluation.metrics.ordering import Ordering
from assay.evaluation.metrics.sample import Sample

COVERAGES = (80, 90, 95)
"""Shares of the images, in per cent, at which accuracy is stated."""


class SelectiveMetrics(MetricFamily):
    """`aurc`, `augrc` and `accuracy_at_80`, `_90`, `_95`, with the probability of the predicted class as confidence.

    Computed as in `RankingMetrics`: exactly on the sample, in cells of confidence on resamples.

    Args:
        sample: labels and probabilities.
    """

    order: ClassVar[int] = 6

    def __init__(self, sample: Sample) -> None:
        from scipy.sparse import vstack

        fine = Ordering.by(sample.confidence, sample.correct)
        self.values = {name: float(value) for name, value in _metrics(fine.yes, fine.no).items()}
        ordering = fine.coarse(sample.correct)
        right = sample.correct[ordering.images]
        self.cells = len(ordering.yes)
        rows = [
            row_per_cell(ordering.cells[mask], self.cells, images=ordering.images[mask], n=sample.n)
            for mask in (right, ~right)
        ]
        self.rows = vstack(rows, format="csr")

    def exact(self) -> dict[str, Any]:
        """Each metric on the whole sample."""
        return self.values

    def resampled(self, sums: Float64Array, total: Float64Array) -> dict[str, Float64Array]:
        """Each metric on R resamples."""
        return _metrics(sums[: self.cells], sums[self.cells :])


def _metrics(right: Float64Array, wrong: Float64Array) -> dict[str, Any]:
    accuracies = {f"accuracy_at_{share}": accuracy_at(share / 100, right, wrong) for share in COVERAGES}
    return {"aurc": aurc(right, wrong), "augrc": augrc(right, wrong), **accuracies}


def accuracy_at(coverage: float, right: Float64Array, wrong: Float64Array) -> Any:
    """Share that is right among the most confident images that make up this share of all.

    Where the share ends among equally confident images, the mean over all their orders is taken.

    Args:
        coverage: share of the images that is answered, in (0, 1].
        right: [cells, …] right answers in each cell, the most confident cell first.
        wrong: [cells, …] wrong answers in each cell.
    """
    images = right + wrong
    last = np.cumsum(images, axis=0)
    answered = coverage * last[-1]
    taken = np.clip(answered - (last - images), 0, images) / np.maximum(images, 1)
    return (taken * right).sum(axis=0) / answered


def aurc(right: Float64Array, wrong: Float64Array) -> Any:
    """Area under the risk-coverage curve: mean over k of the error rate among the k most confident images.

    Among equally confident images the order is random, and the mean over all orders is taken:
    an error rate (E + (k - a) e / m) / k at each k from a + 1 to a + m, for m images with e errors after a with E.

    Args:
        right: [cells, …] right answers in each cell, the most confident cell first.
        wrong: [cells, …] wrong answers in each cell.

    Source: Geifman and El-Yaniv (2017); Geifman, Uziel and El-Yaniv (2019), equation 2.
    """
    from scipy.special import digamma

    images = right + wrong
    last = np.cumsum(images, axis=0)
    errors = np.cumsum(wrong, axis=0)
    harmonic = digamma(last + 1)
    steps = np.diff(harmonic, axis=0, prepend=digamma(np.ones_like(last[:1])))
    rate = wrong / np.maximum(images, 1)
    before = errors - wrong - (last - images) * rate
    total = last[-1]
    return (before * steps + wrong).sum(axis=0) / total


def augrc(right: Float64Array, wrong: Float64Array) -> Any:
    """Area under the generalised risk-coverage curve: mean over coverages of the share of accepted errors.

    Args:
        right: [cells, …] right answers in each cell, the most confident cell first.
        wrong: [cells, …] wrong answers in each cell.

    Source: Traub et al. (2024), Overcoming Common Flaws in the Evaluation of Selective Classification Systems,
    equation 6; trapezoids between thresholds, so equal confidences count as a random order.
    """
    images = right + wrong
    errors = np.cumsum(wrong, axis=0) - wrong / 2
    total = images.sum(axis=0)
    return (images * errors).sum(axis=0) / total**2
