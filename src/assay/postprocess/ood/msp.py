"""Msp: the less probable the answer, the more outlying the picture."""

from __future__ import annotations

from typing import ClassVar, Self

import numpy as np

from assay.postprocess.ood.detector import Float64Array, LogitDetector, State
from assay.postprocess.softmax import softmax


class Msp(LogitDetector):
    """One minus the largest softmax probability, of the logits before calibration.

    It is summed from the other classes, so that very sure answers still have an order. A hard baseline to beat.

    Source: Hendrycks and Gimpel (2017), A Baseline for Detecting Misclassified and Out-of-Distribution Examples.
    """

    method: ClassVar[str] = "msp"
    order: ClassVar[int] = 6

    def _score(self, embeddings: Float64Array, logits: Float64Array) -> Float64Array:
        return np.sort(softmax(logits), axis=1)[:, :-1].sum(axis=1)

    def state(self) -> State:
        """The method's name."""
        return {"method": self.method}

    @classmethod
    def from_state(cls, state: State) -> Self:
        """A fresh one; there is nothing to restore."""
        return cls()
