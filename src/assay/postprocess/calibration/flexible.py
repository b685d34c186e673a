"""FlexibleCalibrator: what methods share that learn something about every class."""

from __future__ import annotations

from abc import abstractmethod
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from assay.errors import DataError
from assay.postprocess.calibration.calibrator import Calibrator, without_impossible
from assay.postprocess.softmax import softmax
from assay.predictions import FloatArray, IntArray, Predictions

# Guo et al. (2017), table 1: with few images per class flexible maps are worse than a temperature, or than nothing.
ENOUGH_PER_CLASS = 50
ADVICE = " calibration=auto compares it with simpler ones."


class FlexibleCalibrator(Calibrator):
    """A map with numbers of its own for each class; the most probable class may change.

    It reads probabilities, so a constant added to all logits of an image changes nothing, and infinite logits are the
    limits that softmax gives them.

    Attributes:
        classes_: number of classes, C.
        n_: images that it was learned from.
        split_: the split that it was learned from.
    """

    classes_: int
    n_: int
    split_: str

    def learn(self, predictions: Predictions) -> None:
        """Learn the map, and say where there was little to learn from and how many answers it changes."""
        possible, notes = without_impossible(predictions)
        labels = predictions.labels[possible]
        probabilities = softmax(predictions.logits[possible])
        self.classes_, self.n_, self.split_ = len(predictions.class_names), len(labels), predictions.split
        if self.n_:
            self._learn(probabilities, labels)
            changed = int((self._map(probabilities).argmax(axis=1) != probabilities.argmax(axis=1)).sum())
        else:
            self._learn_nothing()
            notes, changed = (*notes, "No image is left to learn from: confidence is not calibrated."), 0
        self.notes_ = (*notes, *self._few(predictions.class_names, labels), *self._changes(changed))

    def transform(self, logits: FloatArray) -> NDArray[np.float64]:
        """Logarithms of the calibrated probabilities up to a constant of the image, float64 [N, C].

        Raises:
            DataError: `fit` was never called.
        """
        self._refuse_unfitted()
        return self._map(softmax(logits))

    def state(self) -> dict[str, Any]:
        """What was learned, and from what.

        Raises:
            DataError: `fit` was never called.
        """
        self._refuse_unfitted()
        about = {"classes": self.classes_, "n": self.n_, "split": self.split_, "notes": list(self.notes_)}
        return {"method": self.method, **self._learned(), **about}

    @classmethod
    def from_state(cls, state: dict[str, Any]) -> Self:
        """The calibrator that gave this state.

        Raises:
            DataError: a number that it needs is missing or not finite.
        """
        calibrator = cls()
        try:
            calibrator.classes_, calibrator.n_, calibrator.split_ = state["classes"], state["n"], state["split"]
            calibrator.notes_ = tuple(state["notes"])
            calibrator._restore(state)
        except (KeyError, TypeError, ValueError) as error:
            raise DataError(
                f"the saved calibrator {cls.method!r} is incomplete or damaged ({error!r}); fit it again"
            ) from error
        return calibrator

    @abstractmethod
    def _learn(self, probabilities: NDArray[np.float64], labels: IntArray) -> None:
        """Fit the map to probabilities [N, C], none of the true classes at zero, and labels [N]; N is at least 1."""

    @abstractmethod
    def _learn_nothing(self) -> None:
        """Be the map that changes nothing."""

    @abstractmethod
    def _map(self, probabilities: NDArray[np.float64]) -> NDArray[np.float64]:
        """Calibrated logits of probabilities, both [N, C]."""

    @abstractmethod
    def _learned(self) -> dict[str, Any]:
        """The map as JSON values."""

    @abstractmethod
    def _restore(self, state: dict[str, Any]) -> None:
        """Take the map from what `_learned` gave."""

    def _refuse_unfitted(self) -> None:
        if not hasattr(self, "n_"):
            raise DataError(f"calibration={self.method} was never fitted; call fit() with the predictions of calib")

    def _few(self, names: tuple[str, ...], labels: IntArray) -> tuple[str, ...]:
        counts = np.bincount(labels, minlength=len(names))
        rarest = int(counts.argmin())
        if counts[rarest] >= ENOUGH_PER_CLASS:
            return ()
        return (
            f"calibration={self.method} learned from {self.n_} {self.split_} images, of class {names[rarest]!r} only "
            f"{counts[rarest]}; under {ENOUGH_PER_CLASS} per class it may follow chance.{ADVICE}",
        )

    def _changes(self, changed: int) -> tuple[str, ...]:
        if not changed:
            return ()
        return (
            f"calibration={self.method} does not only change confidence: {changed} of {self.n_} {self.split_} images "
            "are answered with another class than before.",
        )


def finite_array(values: Any, shape: tuple[int, ...]) -> NDArray[np.float64]:
    """A float64 array of this shape.

    Raises:
        ValueError: the shape is another, or a number is not finite.
    """
    array = np.asarray(values, dtype=np.float64)
    if array.shape != shape or not np.isfinite(array).all():
        raise ValueError(f"needs finite numbers of shape {shape}, got shape {array.shape}")
    return array
