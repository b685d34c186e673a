"""Isotonic: for each class a step-wise rising map from its probability to the share of images that are of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from assay.config.bounds import AtLeast
from assay.postprocess.calibration.flexible import FlexibleCalibrator
from assay.predictions import IntArray

if TYPE_CHECKING:
    from torch import nn

Points = tuple[NDArray[np.float64], NDArray[np.float64]]


class Isotonic(FlexibleCalibrator):
    """Isotonic regression of each class against the rest; the shares of an image are then divided by their sum.

    The map of a class is linear between its points and constant beyond them. A class that all images are of, or none,
    keeps the model's own probability: such images say nothing about it. An image whose classes all map to zero gets
    equal shares, as in scikit-learn.

    Each class is calibrated alone, so the order of the classes of an image, and with it the answer, may change.

    Args:
        smoothing: uniform images that are mixed into the answers: a share of `smoothing / (n + smoothing)` of every
            answer is uniform. With 0 a class can get probability zero, and one such image of the test split is enough
            to make the negative log-likelihood infinite.

    Source: Zadrozny and Elkan (2002), Transforming Classifier Scores into Accurate Multiclass Probability Estimates.
    """

    method: ClassVar[str] = "isotonic"
    auto_rank: ClassVar[int | None] = 5

    points_: list[Points | None]

    def __init__(self, smoothing: Annotated[float, AtLeast(0)] = 1.0) -> None:
        self.smoothing = smoothing

    def in_graph(self) -> nn.Module:
        """Sums of ramps."""
        from assay.postprocess.calibration.graphs import Mapped

        self._refuse_unfitted()
        return Mapped(self.points_, mixed=self.smoothing / (self.n_ + self.smoothing) if self.n_ else 0.0)

    def _learn(self, probabilities: NDArray[np.float64], labels: IntArray) -> None:
        self.points_ = []
        for index in range(self.classes_):
            own = labels == index
            learnable = own.any() and not own.all()
            self.points_.append(rising_points(probabilities[:, index], own) if learnable else None)

    def _learn_nothing(self) -> None:
        self.points_ = [None] * self.classes_

    def _map(self, probabilities: NDArray[np.float64]) -> NDArray[np.float64]:
        shares = np.empty_like(probabilities)
        for index, points in enumerate(self.points_):
            column = probabilities[:, index]
            shares[:, index] = column if points is None else np.interp(column, *points)
        total = shares.sum(axis=1, keepdims=True)
        uniform = 1 / self.classes_
        shares = np.divide(shares, total, out=np.full_like(shares, uniform), where=total > 0)
        mixed = self.smoothing / (self.n_ + self.smoothing) if self.n_ else 0.0
        with np.errstate(divide="ignore"):
            return np.log((1 - mixed) * shares + mixed * uniform)

    def _learned(self) -> dict[str, Any]:
        points = [None if curve is None else [curve[0].tolist(), curve[1].tolist()] for curve in self.points_]
        return {"smoothing": self.smoothing, "points": points}

    def _restore(self, state: dict[str, Any]) -> None:
        self.smoothing = float(state["smoothing"])
        self.points_ = [None if curve is None else _checked(*curve) for curve in state["points"]]
        if len(self.points_) != self.classes_:
            raise ValueError(f"{self.classes_} classes, but {len(self.points_)} maps")


def rising_points(scores: NDArray[np.float64], hits: NDArray[np.bool_]) -> Points:
    """Points of the rising map that is nearest to the hits in squares; between them it is linear.

    Args:
        scores: [N].
        hits: [N].

    Returns:
        Scores, rising, and the share of hits at each, not falling; points inside a flat stretch are left out.
    """
    from scipy.optimize import isotonic_regression

    at, inverse, weights = np.unique(scores, return_inverse=True, return_counts=True)
    shares = isotonic_regression(np.bincount(inverse, weights=hits) / weights, weights=weights).x
    shares = np.clip(shares, 0.0, 1.0)
    changes = np.diff(shares) != 0
    kept = np.r_[True, changes] | np.r_[changes, True]
    return at[kept], shares[kept]


def _checked(scores: Any, shares: Any) -> Points:
    points = np.asarray(scores, dtype=np.float64), np.asarray(shares, dtype=np.float64)
    rising = points[0].ndim == 1 and points[0].shape == points[1].shape and len(points[0]) > 0
    if not rising or (np.diff(points[0]) <= 0).any() or not ((points[1] >= 0) & (points[1] <= 1)).all():
        raise ValueError("the points of a map must rise and their shares lie from 0 to 1")
    return points
