"""QuickChecks: is the picture itself like those of the training, whatever it shows: size, blur, light?"""

from __future__ import annotations

from typing import Annotated, Any, Self

import numpy as np
from numpy.typing import NDArray

from assay.config.bounds import AtLeast, Between
from assay.data.quality import WATCHED
from assay.errors import DataError
from assay.postprocess.ood.detector import Float64Array
from assay.predictions import FloatArray, Predictions

WORDS = {"shorter_side": "shorter side", "aspect": "aspect ratio"}


class QuickChecks:
    """Stage A: limits on the statistics of a picture, learned from the training images.

    Each statistic has a lower and an upper limit: the quantiles `share` and 1 − `share` of the training images, moved
    outwards by `margin` times their distance to the median, and by `tolerance` times the median, so that a statistic
    that never varies in training may vary a little.

    Args:
        share: of the training images that may lie beyond a limit before it is moved out.
        margin: how far a limit is moved outwards, in its distances to the median.
        tolerance: how much further, in medians.

    Attributes:
        names_: K statistics.
        limits_: float64 [K, 2], lowest and highest allowed value.
        seen_: float64 [K, 2], the quantiles themselves.
        n_: training images.
    """

    names_: tuple[str, ...]
    limits_: Float64Array
    seen_: Float64Array
    n_: int

    def __init__(
        self,
        share: Annotated[float, Between(0, 0.25)] = 0.001,
        margin: Annotated[float, AtLeast(0)] = 0.25,
        tolerance: Annotated[float, AtLeast(0)] = 0.02,
    ) -> None:
        self.share = share
        self.margin = margin
        self.tolerance = tolerance

    def fit(self, train: Predictions) -> Self:
        """Learn the limits from the statistics of the split `train`.

        Raises:
            DataError: another split, no images, or statistics that nobody measured.
        """
        if train.split != "train":
            raise DataError(f"the quick checks may not be fitted on the split {train.split!r}; fit them on train")
        if train.statistics is None or len(train) == 0:
            raise DataError(
                "the quick checks need the statistics of the training pictures; set ood.checks=null without"
            )
        names = tuple(name for name in train.statistics_names if name not in WATCHED)
        values = _chosen(train.statistics, train.statistics_names, names)
        _refuse_undefined(values, names)
        low, median, high = np.quantile(values, [self.share, 0.5, 1 - self.share], axis=0)
        slack = self.tolerance * np.abs(median)
        self.limits_ = np.column_stack(
            [low - self.margin * (median - low) - slack, high + self.margin * (high - median) + slack]
        )
        self.seen_ = np.column_stack([low, high])
        self.names_, self.n_ = names, len(train)
        return self

    def violations(self, statistics: FloatArray | None, names: tuple[str, ...]) -> NDArray[np.int8]:
        """-1 where a statistic is below its limit, 1 where it is above, else 0, [N, K].

        Args:
            statistics: [N, S].
            names: S names, among which those of the fit have to be.

        Raises:
            DataError: `fit` was never called, other statistics, or one is not a number.
        """
        if not hasattr(self, "limits_"):
            raise DataError("these quick checks were never fitted; call fit() with the predictions of train")
        if statistics is None or not {*self.names_} <= {*names}:
            raise DataError(
                f"quick checks of {', '.join(self.names_)} cannot judge {', '.join(names) or 'no statistics'}"
            )
        values = _chosen(statistics, names, self.names_)
        _refuse_undefined(values, self.names_)
        return (values > self.limits_[:, 1]).astype(np.int8) - (values < self.limits_[:, 0])

    def reasons(self, statistics: FloatArray, names: tuple[str, ...], violations: NDArray[np.int8]) -> list[str]:
        """What is wrong with one picture, a sentence part for each violated check.

        Args:
            statistics: [S], of one picture.
            names: S names.
            violations: [K], its row of `violations`.
        """
        reasons = []
        values = _chosen(statistics[None], names, self.names_)[0]
        for k in np.flatnonzero(violations):
            side = int(violations[k] > 0)
            word, edge = ("above", "highest") if side else ("below", "lowest")
            limit, name = self.limits_[k, side], WORDS.get(self.names_[k], self.names_[k])
            reasons.append(
                f"{name} {_short(values[k])} is {word} {_short(limit)}, the limit from the {edge} {self.share:.1%} "
                f"of the {self.n_:,} training images"
            )
        return reasons

    def state(self) -> dict[str, Any]:
        """Limits and arguments, as JSON values.

        Raises:
            DataError: `fit` was never called.
        """
        if not hasattr(self, "limits_"):
            raise DataError("these quick checks were never fitted; call fit() with the predictions of train")
        return {
            "share": self.share,
            "margin": self.margin,
            "tolerance": self.tolerance,
            "names": list(self.names_),
            "limits": self.limits_.tolist(),
            "seen": self.seen_.tolist(),
            "n": self.n_,
        }

    @classmethod
    def from_state(cls, state: dict[str, Any]) -> Self:
        """The checks that gave this state."""
        checks = cls(state["share"], state["margin"], state["tolerance"])
        checks.names_, checks.n_ = tuple(state["names"]), state["n"]
        checks.limits_, checks.seen_ = np.array(state["limits"]), np.array(state["seen"])
        return checks


def _chosen(statistics: FloatArray, names: tuple[str, ...], wanted: tuple[str, ...]) -> Float64Array:
    """Columns by their names, float64 [N, K]."""
    return np.asarray(statistics, dtype=np.float64)[:, [names.index(name) for name in wanted]]


def _refuse_undefined(values: Float64Array, names: tuple[str, ...]) -> None:
    missing = np.flatnonzero(~np.isfinite(values).all(axis=0))
    if len(missing):
        listed = ", ".join(names[k] for k in missing)
        raise DataError(f"statistics were not measured for every picture ({listed}); build the manifest again")


def _short(value: float) -> str:
    return f"{value:.0f}" if abs(value) >= 1000 else f"{value:.3g}"
