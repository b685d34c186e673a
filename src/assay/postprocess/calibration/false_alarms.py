"""FalseAlarms: a threshold that images of one class alone decide, for when the other class may come in unseen kinds."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Self

import numpy as np
from numpy.typing import NDArray

from assay.config.bounds import AtLeast, Between
from assay.errors import DataError
from assay.postprocess.calibration.calibrator import Calibrator
from assay.postprocess.calibration.temperature import Temperature
from assay.predictions import FloatArray, Predictions

if TYPE_CHECKING:
    from torch import nn

LARGEST = 1e9


class FalseAlarms(Calibrator):
    """Shifts the logits of two classes so that a stated share of the reference class's held-out images is mistaken.

    Where "generated" means any generator, images of the generators at hand say too little about where the threshold
    should lie: they are told with ease, and those of the next one are not. Real images are all alike in being real, so
    the threshold comes from them: about `rate` of them raise a false alarm, whatever the generator.

    After the shift one temperature is learned on all images, which moves no answer across the threshold. Confidence is
    calibrated for the kinds of images among them, and for no others.

    Args:
        reference: index of the class that sets the threshold.
        rate: share of its images that may be taken for the other.

    Attributes:
        threshold_: the logit of the other class minus that of the reference, above which the answer is the other.
        n_: images of the reference class that it was learned from.
    """

    method: ClassVar[str] = "false_alarms"

    threshold_: float
    n_: int
    temperature_: float

    def __init__(
        self, reference: Annotated[int, AtLeast(0)] = 0, rate: Annotated[float, Between(0.001, 0.5)] = 0.05
    ) -> None:
        self.reference = reference
        self.rate = rate

    def require(self, class_names: Sequence[str], counts: NDArray[np.integer]) -> None:
        """Refuse anything but two classes with an image of the reference.

        Raises:
            DataError: there are not two classes, or no image of the reference.
        """
        if len(class_names) != 2 or self.reference > 1:
            raise DataError(
                f"calibration={self.method} is for two classes and reference 0 or 1, got {len(class_names)} classes "
                f"and reference {self.reference}; type calibration=auto"
            )
        if not counts[self.reference]:
            raise DataError(
                f"calibration={self.method} takes its threshold from held-out images of {class_names[self.reference]}, "
                "and there are none; add images, give calib a larger share (data.split), or type calibration=auto"
            )

    def learn(self, predictions: Predictions) -> None:
        """Learn the threshold and the temperature."""
        names = predictions.class_names
        margins = self._margins(predictions.logits)
        own = margins[predictions.labels == self.reference]
        self.threshold_, self.n_ = self._threshold(predictions, own), len(own)
        notes = []
        if self.rate * len(own) < 5:
            notes.append(
                f"The threshold for {self.rate:.1%} false alarms stands on {len(own)} images of "
                f"{names[self.reference]}: {math.ceil(5 / self.rate)} would make it firm."
            )
        self.temperature_ = 1.0
        temperature = Temperature()
        shifted = self.transform(predictions.logits)
        temperature.learn(replace(predictions.answers_only(), logits=shifted.astype(np.float32)))
        self.temperature_ = temperature.temperature_
        self.notes_ = tuple(notes)

    def transform(self, logits: FloatArray) -> NDArray[np.float64]:
        """Logits [N, 2], zero for the reference class, positive for the other above the threshold.

        Raises:
            DataError: `fit` was never called.
        """
        self._check_fitted()
        moved = np.zeros((len(logits), 2))
        moved[:, 1 - self.reference] = (self._margins(logits) - self.threshold_) / self.temperature_
        return moved

    def in_graph(self) -> nn.Module:
        """The shifted margin in torch."""
        from assay.postprocess.calibration.graphs import Shifted

        self._check_fitted()
        return Shifted(self.reference, self.threshold_, self.temperature_, largest=LARGEST)

    def state(self) -> dict[str, Any]:
        """Threshold, temperature and what they came from.

        Raises:
            DataError: `fit` was never called.
        """
        self._check_fitted()
        return {
            "method": self.method,
            "reference": self.reference,
            "rate": self.rate,
            "threshold": self.threshold_,
            "temperature": self.temperature_,
            "n": self.n_,
            "notes": list(self.notes_),
        }

    @classmethod
    def from_state(cls, state: dict[str, Any]) -> Self:
        """The calibrator that gave this state."""
        calibrator = cls(reference=int(state["reference"]), rate=float(state["rate"]))
        calibrator.threshold_, calibrator.temperature_ = float(state["threshold"]), float(state["temperature"])
        calibrator.n_, calibrator.notes_ = state["n"], tuple(state["notes"])
        return calibrator

    def _threshold(self, predictions: Predictions, own: NDArray[np.float64]) -> float:
        """Of the margins of the reference's images among these predictions."""
        return float(threshold_of(own, self.rate))

    def _margins(self, logits: FloatArray) -> NDArray[np.float64]:
        # Beyond these limits every answer is certain, and infinite logits have differences.
        values = np.clip(np.asarray(logits, dtype=np.float64), -LARGEST, LARGEST)
        return values[:, 1 - self.reference] - values[:, self.reference]

    def _check_fitted(self) -> None:
        if not hasattr(self, "threshold_"):
            raise DataError("this threshold was never fitted; call fit() with the predictions of the split calib")


def threshold_of(scores: NDArray[np.floating], rate: float) -> float:
    """The value above which at most this share of the scores [N] lies; one of them.

    The (N + 1)-th score that is still to come exceeds it with at most this probability, where N is large enough.
    """
    ordered = np.sort(np.asarray(scores, dtype=np.float64))
    return float(ordered[min(len(ordered), math.ceil((1 - rate) * (len(ordered) + 1))) - 1])
