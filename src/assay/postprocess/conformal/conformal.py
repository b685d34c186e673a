"""Conformal: sets of classes that hold the true one with a wanted probability, whatever the model."""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from typing import ClassVar, Self

import numpy as np
from numpy.typing import NDArray

from assay.config.families import Family
from assay.errors import DataError
from assay.postprocess.calibration.calibrator import FITS_ON
from assay.postprocess.softmax import softmax
from assay.predictions import FloatArray, Predictions

CONFORMAL = Family(f"{__name__}.Conformal", "assay.postprocess.conformal", "conformal")
"""Every kind of conformal set by its `method`; each of them is measured."""


class Conformal(ABC):
    """Split conformal prediction: a class is in the set when its score is no larger than a quantile of held-out scores.

    If held-out and new images are exchangeable, the set holds the true class with a probability of at least `level`,
    and at most level + 1/(n + 1) where no two scores are equal; on average over all images, not for each class.

    Probabilities are the model's own, before calibration: a calibrator that has learned from the held-out images knows
    them better than new ones, and the sets would hold less than they promise.

    Attributes:
        method: its name.
        order: place on pages.
        limit_: the largest score of a class in the set; infinite when there are too few held-out images.
        n_: held-out images.
        notes_: sentences about the last fit that a reader has to know.

    Source: Vovk et al. (2005); Angelopoulos and Bates (2023), Conformal Prediction: A Gentle Introduction, section 1.
    """

    method: ClassVar[str]
    order: ClassVar[int] = 100
    limit_: float
    n_: int
    notes_: tuple[str, ...] = ()

    def __init__(self, *, level: float = 0.9) -> None:
        """Take the wanted probability, in (0, 1)."""
        self.level = level

    @abstractmethod
    def scores(self, probabilities: FloatArray) -> NDArray[np.float64]:
        """How little each class conforms, [N, C], from probabilities [N, C]; smaller is more likely."""

    def fit(self, predictions: Predictions) -> Self:
        """Take the quantile of the scores of the true classes on `calib` (or `val`).

        Raises:
            DataError: the split may not be learned from, has no images, or its logits are calibrated.
        """
        predictions.require_raw("a conformal set")
        if predictions.split not in FITS_ON or len(predictions) == 0:
            raise DataError(
                f"conformal sets are fitted on {' or '.join(FITS_ON)} with at least one image; got "
                f"{len(predictions)} images of the split {predictions.split!r}"
            )
        n = len(predictions)
        own = self.scores(softmax(predictions.logits))[np.arange(n), predictions.labels]
        self.n_, self.notes_ = n, ()
        if self.rank > n:
            self.limit_ = math.inf
            needed = math.ceil(self.level / (1 - self.level) - 1e-9)
            self.notes_ = (
                f"Conformal sets at {self.level:.0%} need {needed} held-out images and there are {n}: every set holds "
                "all classes.",
            )
        else:
            self.limit_ = float(np.partition(own, self.rank - 1)[self.rank - 1])
        return self

    @property
    def rank(self) -> int:
        """Which of the held-out scores, counted from the smallest, is the limit; beyond `n_` there is none."""
        return math.ceil((self.n_ + 1) * self.level - 1e-9)

    def sets(self, probabilities: FloatArray) -> NDArray[np.bool_]:
        """Which classes are in the set of each image, [N, C], by the model's own probabilities [N, C]."""
        return self.scores(probabilities) <= self.limit_


def conformal_of(method: str, level: float, limit: float | None) -> Conformal:
    """A kind of conformal set with the limit that was found before.

    Args:
        method: its name.
        level: the wanted probability.
        limit: the largest score of a class in the set; None puts every class into every set.

    Raises:
        DataError: there is no such kind.
    """
    kinds = CONFORMAL.classes()
    if method not in kinds:
        raise DataError(f"there is no kind of conformal set called {method!r}; there are {', '.join(kinds)}")
    conformal: Conformal = kinds[method](level=level)
    conformal.limit_ = math.inf if limit is None else limit
    return conformal
