"""Calibrator: what every calibration method does, and the splits that it may learn from."""

from __future__ import annotations

import inspect
from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any, ClassVar, Self

import numpy as np
from numpy.typing import NDArray

from assay.config.families import Family
from assay.errors import DataError
from assay.postprocess.softmax import log_softmax
from assay.predictions import FloatArray, Predictions

if TYPE_CHECKING:
    from torch import nn


FITS_ON = ("calib", "val")
CALIBRATORS = Family(f"{__name__}.Calibrator", "assay.postprocess.calibration", "calibration")
"""Every calibrator by its `method`."""


class Calibrator(ABC):
    """Learns from held-out logits how far the model's confidence can be believed.

    Attributes:
        method: the name of the option.
        changes_answers: whether another class may become the most probable. Where an error rate is guaranteed, or
            classes of different size were corrected for, that is refused; so True unless a class knows better.
        keeps_answers_by: the argument that, unless it is false, keeps one that could change answers from doing so.
        auto_rank: place among what `calibration=auto` compares, simplest first; None is not compared. Each class says
            it for itself, and can be made without arguments.
        most_classes: beyond which `auto` does not compare it; None sets no limit.
        notes_: sentences about the last fit that a reader has to know; empty when there is nothing to say.
    """

    method: ClassVar[str]
    changes_answers: ClassVar[bool] = True
    keeps_answers_by: ClassVar[str] = ""
    auto_rank: ClassVar[int | None] = None
    most_classes: ClassVar[int | None] = None
    notes_: tuple[str, ...] = ()

    def require(self, class_names: Sequence[str], counts: NDArray[np.integer]) -> None:  # noqa: B027  # most need none
        """Refuse a dataset that this cannot be fitted on, which is known before anything is trained.

        Args:
            class_names: C names.
            counts: images of each class in the split that it learns from, [C].

        Raises:
            DataError: this method needs other classes, or images of one that has none.
        """

    def fit(self, predictions: Predictions) -> Self:
        """Learn from the predictions of the split `calib` (or `val`); `notes_` say what a reader should know.

        Raises:
            DataError: the split may not be learned from, has no images or not those of `require`, or its logits are
                calibrated already.
        """
        refuse_unless_held_out(predictions, self.method)
        names = predictions.class_names
        self.require(names, np.bincount(predictions.labels, minlength=len(names)))
        self.learn(predictions)
        return self

    @abstractmethod
    def learn(self, predictions: Predictions) -> None:
        """What `fit` does once the split is known to be a right one."""

    @abstractmethod
    def transform(self, logits: FloatArray) -> FloatArray:
        """Calibrated logits, [N, C] to [N, C]; their softmax are the calibrated probabilities.

        Raises:
            DataError: `fit` was never called.
        """

    def applied(self, predictions: Predictions) -> Predictions:
        """The same predictions with calibrated logits, which say so.

        Raises:
            DataError: they are calibrated already, or `fit` was never called.
        """
        raw = predictions.require_raw(f"calibration={self.method}")
        return replace(raw, logits=self.transform(raw.logits), calibrated=True)

    def in_graph(self) -> nn.Module | None:
        """The same as a torch module, from float64 logits [B, C] to calibrated probabilities [B, C].

        It is written into the ONNX graphs of a bundle. None where nobody wrote one: calibration then stays outside.
        """
        return None

    def fresh(self) -> Calibrator:
        """One with the same arguments that has learned nothing; `__init__` keeps each under its own name.

        Raises:
            DataError: an argument was not kept.
        """
        kinds = (inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD)
        parameters = inspect.signature(type(self)).parameters.values()
        names = [parameter.name for parameter in parameters if parameter.kind not in kinds]
        lost = [name for name in names if not hasattr(self, name)]
        if lost:
            raise DataError(f"calibration={self.method} does not keep its argument {lost[0]}; write `fresh` for it")
        return type(self)(**{name: getattr(self, name) for name in names})

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
        DataError: the split is not one that calibration may learn from, it has no images, or it is calibrated already.
    """
    predictions.require_raw(f"calibration={method}")
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


def without_impossible(predictions: Predictions) -> tuple[NDArray[np.bool_], tuple[str, ...]]:
    """The images whose true class is possible, bool [N], and what to say about the others.

    An image whose true class has probability zero through an infinite logit would outweigh all the others.
    """
    own = log_softmax(predictions.logits)[np.arange(len(predictions)), predictions.labels]
    possible = own > -np.inf
    if possible.all():
        return possible, ()
    return possible, (
        f"{int((~possible).sum())} of {len(predictions)} {predictions.split} images give their true class "
        "probability zero through an infinite logit; no temperature mends that, they were left out of the fit.",
    )
