"""NoCalibration: the model's own confidence, as it is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, Self

from assay.postprocess.calibration.calibrator import Calibrator
from assay.predictions import FloatArray, Predictions

if TYPE_CHECKING:
    from torch import nn


class NoCalibration(Calibrator):
    """Leaves the logits alone; needs no fit."""

    method: ClassVar[str] = "none"
    changes_answers: ClassVar[bool] = False
    auto_rank: ClassVar[int | None] = 0

    def fit(self, predictions: Predictions) -> Self:
        """Learn nothing, from any split.

        Raises:
            DataError: the logits are calibrated already.
        """
        predictions.require_raw(f"calibration={self.method}")
        return self

    def learn(self, predictions: Predictions) -> None:
        """Learn nothing."""

    def transform(self, logits: FloatArray) -> FloatArray:
        """The same logits, [N, C]."""
        return logits

    def in_graph(self) -> nn.Module:
        """Softmax alone."""
        from assay.postprocess.calibration.graphs import Scaled

        return Scaled(1.0)

    def state(self) -> dict[str, Any]:
        """The method's name."""
        return {"method": self.method}

    @classmethod
    def from_state(cls, state: dict[str, Any]) -> Self:
        """A fresh one; there is nothing to restore."""
        return cls()
