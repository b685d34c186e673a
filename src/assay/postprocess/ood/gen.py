"""Gen: generalised entropy of the class probabilities."""

from __future__ import annotations

from typing import Annotated, ClassVar, Self

import numpy as np

from assay.config.bounds import Above, AtLeast
from assay.postprocess.ood.detector import Float64Array, LogitDetector, State
from assay.postprocess.softmax import softmax


class Gen(LogitDetector):
    """Σ pᵞ (1 − p)ᵞ over the most probable classes, of the logits before calibration.

    A small γ makes it look at the tails: one class with p = 1e-7 counts as much as 0.2. For that reason the
    probabilities are not clamped at 1e-7 here, as pytorch-ood does in float32, and 1 − p of the most probable class is
    summed from the others.

    Args:
        gamma: the exponent γ.
        classes: how many of the most probable classes are summed, M in the paper.

    Source: Liu et al. (2023), GEN: Pushing the Limits of Softmax-Based Out-of-Distribution Detection, equation 4.
    """

    method: ClassVar[str] = "gen"
    order: ClassVar[int] = 4

    def __init__(self, gamma: Annotated[float, Above(0)] = 0.1, classes: Annotated[int, AtLeast(1)] = 100) -> None:
        self.gamma = gamma
        self.classes = classes

    def _score(self, embeddings: Float64Array, logits: Float64Array) -> Float64Array:
        probabilities = np.sort(softmax(logits), axis=1)
        others = 1 - probabilities
        others[:, -1] = probabilities[:, :-1].sum(axis=1)
        terms = (probabilities * np.maximum(others, 0.0)) ** self.gamma
        return terms[:, -self.classes :].sum(axis=1)

    def state(self) -> State:
        """Both arguments."""
        return {"method": self.method, "gamma": self.gamma, "classes": self.classes}

    @classmethod
    def from_state(cls, state: State) -> Self:
        """The detector that gave this state."""
        return cls(gamma=float(state["gamma"]), classes=int(state["classes"]))
