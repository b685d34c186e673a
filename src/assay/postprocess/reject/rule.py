"""RejectRule: when an answer is withheld because its confidence is too low."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Any, ClassVar, Self

import numpy as np
from numpy.typing import NDArray

from assay.config.families import Family
from assay.errors import DataError
from assay.postprocess.calibration.calibrator import FITS_ON
from assay.postprocess.softmax import softmax
from assay.predictions import FloatArray, IntArray, Predictions

REJECT_RULES = Family(f"{__name__}.RejectRule", "assay.postprocess.reject", "reject")
"""Every reject rule by its `method`."""


class RejectRule(ABC):
    """Withholds answers whose confidence is below a threshold.

    Attributes:
        method: the name of the option.
        guarantees_risk: whether it promises an error rate, which a calibration that changes answers would break; so
            True unless a class knows better.
        threshold_: answers below it are withheld; 0 withholds none, None withholds all.
        notes_: sentences about the last fit that a reader has to know.
    """

    method: ClassVar[str]
    guarantees_risk: ClassVar[bool] = True
    threshold_: float | None
    notes_: tuple[str, ...] = ()

    def fit(self, predictions: Predictions, calibrated: FloatArray) -> Self:
        """Choose the threshold on the split `calib` (or `val`).

        Args:
            predictions: of that split, before calibration.
            calibrated: probabilities [N, C] in the order of `predictions`.

        Raises:
            DataError: the split may not be learned from, has no images, or its logits are calibrated.
        """
        predictions.require_raw(f"reject={self.method}")
        if predictions.split not in FITS_ON:
            raise DataError(
                f"reject={self.method} may not be fitted on the split {predictions.split!r}: it would judge itself. "
                f"Fit it on {' or '.join(FITS_ON)}."
            )
        if len(predictions) == 0:
            raise DataError(
                f"reject={self.method} needs images in the split {predictions.split!r}, which is empty. "
                "Give that split a share of the images."
            )
        confidence = self.confidence_of(calibrated, softmax(predictions.logits))
        self.threshold_ = self.choose(confidence, calibrated.argmax(axis=1) != predictions.labels)
        return self

    def confidence_of(self, calibrated: FloatArray, own: FloatArray) -> FloatArray:
        """What is held against the threshold, [N]: the largest calibrated probability.

        Args:
            calibrated: probabilities [N, C].
            own: those of the model before calibration, [N, C].
        """
        return calibrated.max(axis=1)

    @abstractmethod
    def choose(self, confidence: FloatArray, wrong: NDArray[np.bool_]) -> float | None:
        """The threshold for confidences [N] and whether each answer is wrong [N]; sets `notes_`."""

    def rejects(self, calibrated: FloatArray, own: FloatArray) -> NDArray[np.bool_]:
        """Whether each answer is withheld, [N]; arguments as in `confidence_of`.

        Raises:
            DataError: `fit` was never called.
        """
        if not hasattr(self, "threshold_"):
            raise DataError(f"reject={self.method} was never fitted; call fit with the predictions of calib first")
        if self.threshold_ is None:
            return np.ones(len(calibrated), dtype=bool)
        return np.asarray(self.confidence_of(calibrated, own) < self.threshold_)

    def state(self) -> dict[str, Any]:
        """What was chosen, as JSON values, with the method's name under "method" and its settings."""
        return {"method": self.method, **self.settings(), "threshold": self.threshold_, "notes": list(self.notes_)}

    @abstractmethod
    def settings(self) -> dict[str, float]:
        """The constructor's arguments."""

    @classmethod
    def from_state(cls, state: dict[str, Any]) -> Self:
        """The rule that gave this state."""
        settings = {key: value for key, value in state.items() if key not in ("method", "threshold", "notes")}
        rule = cls(**settings)
        rule.threshold_, rule.notes_ = state["threshold"], tuple(state["notes"])
        return rule


def by_confidence(confidence: FloatArray, wrong: NDArray[np.bool_]) -> tuple[FloatArray, IntArray, IntArray]:
    """What each threshold would accept: thresholds [K] falling, answers accepted [K] and wrong among them [K].

    Answers of equal confidence are accepted together.
    """
    order = np.argsort(-confidence, kind="stable")
    ordered = confidence[order]
    last = np.flatnonzero(np.r_[ordered[1:] < ordered[:-1], True])
    return ordered[last], last + 1, np.cumsum(wrong[order], dtype=np.int64)[last]
