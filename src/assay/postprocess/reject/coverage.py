"""CoverageRule: answer a wanted share of the images, the most confident ones."""

from __future__ import annotations

import math
from typing import Annotated, ClassVar

import numpy as np
from numpy.typing import NDArray

from assay.config.bounds import Between
from assay.postprocess.reject.rule import RejectRule, by_confidence
from assay.predictions import FloatArray

ENOUGH_IMAGES = 100


class CoverageRule(RejectRule):
    """The highest threshold under which at least the wanted share of the held-out images is answered.

    Nothing is promised about the errors among them; `RiskRule` does that.

    Source: softmax response, Geifman and El-Yaniv (2017).
    """

    method: ClassVar[str] = "coverage"
    guarantees_risk: ClassVar[bool] = False

    def __init__(self, *, coverage: Annotated[float, Between(0, 1)] = 0.9) -> None:
        """Take the wanted share.

        Args:
            coverage: share of the images that shall be answered.
        """
        self.coverage = coverage

    def choose(self, confidence: FloatArray, wrong: NDArray[np.bool_]) -> float:
        """The confidence of the last image that is still answered."""
        thresholds, accepted, _ = by_confidence(confidence, wrong)
        needed = max(1, math.ceil(self.coverage * len(confidence) - 1e-9))
        threshold = thresholds[np.searchsorted(accepted, needed)]
        notes = []
        if len(confidence) < ENOUGH_IMAGES:
            notes.append(f"The reject threshold was chosen on only {len(confidence)} images.")
        answered = float((confidence >= threshold).mean())
        if answered > self.coverage + 0.05:
            notes.append(
                f"Many images share one confidence: the threshold for a coverage of {self.coverage:.0%} answers "
                f"{answered:.0%} of the held-out images."
            )
        self.notes_ = tuple(notes)
        return float(threshold)

    def settings(self) -> dict[str, float]:
        """The wanted coverage."""
        return {"coverage": self.coverage}
