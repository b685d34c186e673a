"""Calibrator: what every calibration method does, and the splits that it may learn from."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Any, ClassVar, Self

from assay.errors import DataError
from assay.predictions import FloatArray, Predictions

FITS_ON = ("calib", "val")


class Calibrator(ABC):
    """Learns from held-out logits how far the model's confidence can be believed.

    Attributes:
        method: the name of the option.
        notes_: sentences about the last fit that a reader has to know; empty when there is nothing to say.
    """

    method: ClassVar[str]
    notes_: tuple[str, ...] = ()

    @abstractmethod
    def fit(self, predictions: Predictions) -> Self:
        """Learn from the predictions of the split `calib` (or `val`).

        Raises:
            DataError: the split may not be learned from, or has no images.
        """

    @abstractmethod
    def transform(self, logits: FloatArray) -> FloatArray:
        """Calibrated logits, [N, C] to [N, C]; their softmax are the calibrated probabilities.

        Raises:
            DataError: `fit` was never called.
        """

    @abstractmethod
    def state(self) -> dict[str, Any]:
        """What was learned, as JSON values, with the method's name under "method"."""

    @classmethod
    @abstractmethod
    def from_state(cls, state: dict[str, Any]) -> Self:
        """The calibrator that gave this state."""


def refuse_unless_held_out(predictions: Predictions, method: str) -> None:
    """Check that a calibrator may learn from these predictions.

    Raises:
        DataError: the split is not one that calibration may learn from, or it has no images.
    """
    if predictions.split not in FITS_ON:
        raise DataError(
            f"calibration={method} may not be fitted on the split {predictions.split!r}: "
            f"it would judge itself. Fit it on {' or '.join(FITS_ON)}."
        )
    if len(predictions) == 0:
        raise DataError(
            f"calibration={method} needs images in the split {predictions.split!r}, which is empty. "
            "Give that split a share of the images, or set calibration=none."
        )
