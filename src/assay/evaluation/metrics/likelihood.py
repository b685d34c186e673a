"""Proper scores: negative log-likelihood and Brier score."""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np

from assay.evaluation.metrics.family import Float64Array, MetricFamily
from assay.evaluation.metrics.sample import Sample


class ProperScores(MetricFamily):
    """`nll` and `brier`: means over images.

    Args:
        sample: labels and probabilities.
        suffix: added to the names, e.g. "_uncalibrated".
    """

    order: ClassVar[int] = 2
    also_uncalibrated: ClassVar[bool] = True

    def __init__(self, sample: Sample, *, suffix: str = "") -> None:
        self.suffix = suffix
        self.values = np.stack([negative_log_likelihood(sample), brier_score(sample)])
        # A product with an infinite loss would be NaN in resamples that do not hold the image.
        self.rows = np.where(np.isfinite(self.values), self.values, 0.0).astype(np.float32)

    def exact(self) -> dict[str, Any]:
        """Both means; `nll` is infinite when a true class was given probability zero."""
        return dict(zip(self._names(), self.values.mean(axis=1), strict=True))

    def resampled(self, sums: Float64Array, total: Float64Array) -> dict[str, Float64Array]:
        """Both means on R resamples."""
        return dict(zip(self._names(), sums / total, strict=True))

    def _names(self) -> tuple[str, str]:
        return f"nll{self.suffix}", f"brier{self.suffix}"


def negative_log_likelihood(sample: Sample) -> Float64Array:
    """Minus the natural logarithm of the probability of the true class, [N]; infinite where that is zero."""
    return -sample.log_probabilities[np.arange(sample.n), sample.labels]


def brier_score(sample: Sample) -> Float64Array:
    """Squared distance between probabilities and the one-hot label, [N], each in [0, 2]; lower is better.

    Source: Brier (1950), multi-class form.
    """
    own = sample.probabilities[np.arange(sample.n), sample.labels]
    return (sample.probabilities**2).sum(axis=1) - own**2 + (1 - own) ** 2
