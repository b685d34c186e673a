"""Sample: labels and probabilities of the images that metrics are computed on."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from assay.errors import DataError
from assay.postprocess.softmax import log_softmax
from assay.predictions import FloatArray, IntArray, Predictions


@dataclass(frozen=True)
class Sample:
    """What a model said about N images, and what they are.

    Attributes:
        labels: [N] int64, class indices.
        log_probabilities: float64 [N, C], natural logarithm; -inf where a class is ruled out.
        ordered: whether the classes are grades, in their order.

    Raises:
        DataError: no images, images without a label, or shapes disagree.
    """

    labels: IntArray
    log_probabilities: NDArray[np.float64]
    ordered: bool = False

    def __post_init__(self) -> None:
        if len(self.labels) == 0:
            raise DataError("there are no images to measure on")
        if (self.labels < 0).any():
            unknown = int((self.labels < 0).sum())
            raise DataError(
                f"{unknown} of {len(self.labels)} images have no label; metrics need to know the true class"
            )
        if self.log_probabilities.ndim != 2 or len(self.log_probabilities) != len(self.labels):
            raise DataError(f"{len(self.labels)} labels, but probabilities of shape {self.log_probabilities.shape}")

    @classmethod
    def from_logits(cls, labels: IntArray, logits: FloatArray, *, ordered: bool = False) -> Sample:
        """The sample of a model whose probabilities are softmax(logits).

        Args:
            labels: [N], class indices.
            logits: [N, C], no NaN.
            ordered: whether the classes are grades, in their order.
        """
        return cls(np.asarray(labels, dtype=np.int64), log_softmax(logits), ordered)

    @classmethod
    def of(cls, predictions: Predictions) -> Sample:
        """The sample of predictions as they are: before calibration, or calibrated."""
        return cls.from_logits(predictions.labels, predictions.logits, ordered=predictions.ordered)

    @property
    def n(self) -> int:
        """Number of images."""
        return len(self.labels)

    @property
    def classes(self) -> int:
        """Number of classes."""
        return self.log_probabilities.shape[1]

    @cached_property
    def probabilities(self) -> NDArray[np.float64]:
        """[N, C], rows sum to 1."""
        return np.exp(self.log_probabilities)

    @cached_property
    def predicted(self) -> NDArray[np.int64]:
        """[N], most probable class; the first of equals."""
        return self.log_probabilities.argmax(axis=1)

    @cached_property
    def confidence(self) -> NDArray[np.float64]:
        """[N], probability of the predicted class."""
        return self.probabilities.max(axis=1)

    @cached_property
    def correct(self) -> NDArray[np.bool_]:
        """[N], whether the predicted class is the true one."""
        return self.predicted == self.labels
