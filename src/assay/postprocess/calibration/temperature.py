"""Temperature: one number that all logits are divided by, learned on held-out images."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, ClassVar, Self

import numpy as np
from numpy.typing import NDArray

from assay.errors import DataError
from assay.postprocess.calibration.calibrator import Calibrator, without_impossible
from assay.postprocess.calibration.temperature_fit import find_temperature, gaps_to_label
from assay.predictions import FloatArray, Predictions

if TYPE_CHECKING:
    from torch import nn

ENOUGH_IMAGES = 100


class Temperature(Calibrator):
    """Divides the logits by the temperature that makes held-out labels most likely.

    The logarithm of the temperature is fitted by L-BFGS on the mean negative log-likelihood in float64, so that the
    temperature is positive by construction and the ranking of classes never changes.

    Where no temperature is best, it says so in `notes_` and in the log: when every image is right a smaller one is
    always more likely, and the temperature stays 1.

    Attributes:
        temperature_: above 1 the model was too sure, below 1 too timid.
        interval_: 95 % interval of the temperature from the curvature of the likelihood (images taken as
            independent), or None where there is no curvature.
        n_: images that it was learned from.
        split_: the split that it was learned from.

    Source: Guo et al. (2017), On Calibration of Modern Neural Networks, section 4.2.
    """

    method: ClassVar[str] = "temperature"
    changes_answers: ClassVar[bool] = False
    auto_rank: ClassVar[int | None] = 1

    temperature_: float
    interval_: tuple[float, float] | None
    n_: int
    split_: str

    def learn(self, predictions: Predictions) -> None:
        """Learn the temperature from logits and labels."""
        possible, impossible_notes = without_impossible(predictions)
        notes = list(impossible_notes)
        gaps = gaps_to_label(predictions.logits, predictions.labels)[possible]
        n, split = len(gaps), predictions.split
        smoothing = self._smoothing(n)
        self.temperature_, self.interval_ = 1.0, None
        if n == 0:
            notes.append("No image is left to learn a temperature from: it stays 1 and confidence is not calibrated.")
        elif not (np.isfinite(gaps) & (gaps != 0)).any():
            notes.append(
                f"Each of the {n} usable {split} images gives all its possible classes the same logit, so every "
                "temperature is as good: it stays 1 and confidence is not calibrated."
            )
        elif not smoothing and not (gaps > 0).any():
            notes.append(
                f"All {n} usable {split} images are classified right, so a smaller temperature is always more likely "
                "and none is best: it stays 1 and confidence is not calibrated. "
                "calibration=temperature_smoothed has an answer."
            )
        else:
            temperature = find_temperature(gaps, smoothing=smoothing)
            self.temperature_, self.interval_ = temperature.temperature, temperature.interval
            if temperature.at_bound:
                notes.append(
                    f"The likelihood on {split} has no best temperature in reach: it stopped at "
                    f"{self.temperature_:.3g}. The logits say no more about these labels than chance does."
                )
        if n < ENOUGH_IMAGES:
            notes.append(f"The temperature was learned from only {n} images{_within(self.interval_)}.")
        self.n_, self.split_, self.notes_ = n, split, tuple(notes)

    def transform(self, logits: FloatArray) -> NDArray[np.float64]:
        """Logits divided by the temperature, float64 [N, C]; infinite ones stay infinite.

        Raises:
            DataError: `fit` was never called.
        """
        return np.asarray(logits, dtype=np.float64) / self._fitted()

    def in_graph(self) -> nn.Module:
        """Softmax of logits over the temperature."""
        from assay.postprocess.calibration.graphs import Scaled

        return Scaled(self._fitted())

    def state(self) -> dict[str, Any]:
        """Temperature, its interval, and what it was learned from.

        Raises:
            DataError: `fit` was never called.
        """
        return {
            "method": self.method,
            "temperature": self._fitted(),
            "interval": None if self.interval_ is None else list(self.interval_),
            "n": self.n_,
            "split": self.split_,
            "notes": list(self.notes_),
        }

    @classmethod
    def from_state(cls, state: dict[str, Any]) -> Self:
        """The calibrator that gave this state.

        Raises:
            DataError: the temperature is not a positive number.
        """
        temperature = float(state["temperature"])
        if not (math.isfinite(temperature) and temperature > 0):
            raise DataError(f"a temperature must be positive and finite, got {temperature}; fit the calibrator again")
        calibrator = cls()
        calibrator.temperature_ = temperature
        interval = state["interval"]
        calibrator.interval_ = None if interval is None else (interval[0], interval[1])
        calibrator.n_, calibrator.split_ = state["n"], state["split"]
        calibrator.notes_ = tuple(state["notes"])
        return calibrator

    def _smoothing(self, n: int) -> float:
        """The share of each target that is spread over all classes, for n images."""
        return 0.0

    def _fitted(self) -> float:
        if not hasattr(self, "temperature_"):
            raise DataError("this temperature was never fitted; call fit() with the predictions of the split calib")
        return self.temperature_


def _within(interval: tuple[float, float] | None) -> str:
    if interval is None:
        return "; it is uncertain"
    return f"; at 95 % it lies between {interval[0]:.2f} and {interval[1]:.2f}"
