"""APS: classes from the most probable on, until enough probability is gathered; larger sets for harder images."""

from __future__ import annotations

from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from assay.postprocess.conformal.conformal import Conformal
from assay.predictions import FloatArray


class APS(Conformal):
    """The score of a class is the probability of all classes that are more probable.

    The class with which the limit is passed is in the set, without the coin that the paper throws for it: one picture
    always has one set, none is empty, and where more answers are right than `level` asks for, every set is one class
    and holds the true one more often than asked.

    Source: Romano, Sesia and Candès (2020), Classification with Valid and Adaptive Coverage, section 2.
    """

    method: ClassVar[str] = "aps"
    order: ClassVar[int] = 1

    def scores(self, probabilities: FloatArray) -> NDArray[np.float64]:
        """Probability gathered before each class, [N, C]; 0 for the most probable one."""
        values = np.asarray(probabilities, dtype=np.float64)
        order = np.argsort(-values, axis=1, kind="stable")
        ordered = np.take_along_axis(values, order, axis=1)
        before = np.cumsum(ordered, axis=1) - ordered
        before[:, 0] = 0.0
        scores = np.empty_like(values)
        np.put_along_axis(scores, order, before, axis=1)
        return scores
