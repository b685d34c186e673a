"""NoReject: every answer is given."""

from __future__ import annotations

from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from assay.postprocess.reject.rule import RejectRule
from assay.predictions import FloatArray


class NoReject(RejectRule):
    """Withholds nothing; needs no fit."""

    method: ClassVar[str] = "none"
    guarantees_risk: ClassVar[bool] = False

    def __init__(self) -> None:
        self.threshold_ = 0.0

    def choose(self, confidence: FloatArray, wrong: NDArray[np.bool_]) -> float:
        """0."""
        return 0.0

    def settings(self) -> dict[str, float]:
        """None."""
        return {}
