"""Temperature: one number that all logits are divided by, learned on held-out images."""

from __future__ import annotations

import logging
import math
from typing import Any, ClassVar, Self

import numpy as np
from numpy.typing import NDArray

from assay.errors import DataError
from assay.postprocess.calibration.calibrator import Calibrator, refuse_unless_held_out
from assay.predictions import FloatArray, IntArray, Predictions

log = logging.getLogger(__name__)

ENOUGH_IMAGES = 100
# The search runs over this many powers of ten around the spread of the logits: beyond it every answer is either
# certain or uniform, and the likelihood is flat.
DECADES = 3.0


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

    temperature_: float
    interval_: tuple[float, float] | None
    n_: int
    split_: str

    def fit(self, predictions: Predictions) -> Self:
        """Learn the temperature from the logits and labels of `calib` (or `val`).

        Raises:
            DataError: the split may not be learned from, or has no images.
        """
        refuse_unless_held_out(predictions, self.method)
        notes: list[str] = []
        gaps = _gaps_to_label(predictions.logits, predictions.labels)
        usable = (gaps < np.inf).all(axis=1)
        if not usable.all():
            notes.append(
                f"{int((~usable).sum())} of {len(predictions)} {predictions.split} images give their true class "
                "probability zero through an infinite logit; no temperature mends that, they were left out of the fit."
            )
        gaps = gaps[usable]
        self.temperature_, self.interval_ = 1.0, None
        if len(gaps) == 0:
            notes.append("No image is left to learn a temperature from: it stays 1 and confidence is not calibrated.")
        elif not (gaps > 0).any():
            notes.append(
                f"All {len(gaps)} usable {predictions.split} images are classified right, so a smaller temperature is "
                "always more likely and none is best: it stays 1 and confidence is not calibrated."
            )
        else:
            self.temperature_, self.interval_, at_bound = _fit(gaps)
            if at_bound:
                notes.append(
                    f"The likelihood on {predictions.split} has no best temperature in reach: it stopped at "
                    f"{self.temperature_:.3g}. The logits say no more about these labels than chance does."
                )
        if len(gaps) < ENOUGH_IMAGES:
            notes.append(f"The temperature was learned from only {len(gaps)} images{_within(self.interval_)}.")
        self.n_, self.split_, self.notes_ = len(gaps), predictions.split, tuple(notes)
        for note in notes:
            log.warning(note)
        return self

    def transform(self, logits: FloatArray) -> NDArray[np.float64]:
        """Logits divided by the temperature, float64 [N, C]; infinite ones stay infinite.

        Raises:
            DataError: `fit` was never called.
        """
        return np.asarray(logits, dtype=np.float64) / self._fitted()

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

    def _fitted(self) -> float:
        if not hasattr(self, "temperature_"):
            raise DataError("this temperature was never fitted; call fit() with the predictions of the split calib")
        return self.temperature_


def _gaps_to_label(logits: FloatArray, labels: IntArray) -> NDArray[np.float64]:
    """How far each class lies above the true one, float64 [N, C]; two equal infinities are no distance apart."""
    values = np.asarray(logits, dtype=np.float64)
    own = values[np.arange(len(labels)), labels][:, None]
    with np.errstate(invalid="ignore"):
        return np.where(values == own, 0.0, values - own)


def _fit(gaps: NDArray[np.float64]) -> tuple[float, tuple[float, float] | None, bool]:
    """The temperature, its 95 % interval, and whether the search ended at its bound."""
    from scipy.optimize import minimize

    scale = math.log(np.abs(gaps[np.isfinite(gaps) & (gaps != 0)]).mean())
    reach = DECADES * math.log(10)

    def loss(log_temperature: float) -> tuple[float, float]:
        value, slope, _ = _likelihood(gaps, log_temperature)
        return value, slope

    grid = np.linspace(scale - reach, scale + reach, 25)
    start = grid[int(np.argmin([loss(point)[0] for point in grid]))]
    found = minimize(
        lambda x: loss(x[0]),
        x0=[start],
        jac=True,
        method="L-BFGS-B",
        bounds=[(grid[0], grid[-1])],
        options={"ftol": 1e-15, "gtol": 1e-9},
    )
    best = float(found.x[0])
    curvature = _likelihood(gaps, best)[2] * len(gaps)
    at_bound = best <= grid[0] + 1e-3 or best >= grid[-1] - 1e-3
    interval = None
    if curvature > 0 and not at_bound:
        half = min(1.959964 / math.sqrt(curvature), reach)
        interval = (math.exp(best - half), math.exp(best + half))
    return math.exp(best), interval, at_bound


def _likelihood(gaps: NDArray[np.float64], log_temperature: float) -> tuple[float, float, float]:
    """Mean NLL of the labels, and its first and second derivative by the log-temperature."""
    scaled = gaps * math.exp(-log_temperature)
    top = scaled.max(axis=1, keepdims=True)
    weights = np.exp(scaled - top)
    total = weights.sum(axis=1, keepdims=True)
    weights /= total
    finite = np.where(weights > 0, scaled, 0.0)
    mean = (weights * finite).sum(axis=1)
    square = (weights * finite**2).sum(axis=1)
    value = float((top + np.log(total)).mean())
    return value, float(-mean.mean()), float((mean + square - mean**2).mean())


def _within(interval: tuple[float, float] | None) -> str:
    if interval is None:
        return "; it is uncertain"
    return f"; at 95 % it lies between {interval[0]:.2f} and {interval[1]:.2f}"
