"""Quality traits: in what a picture can be unlike the others of its dataset, and what is never held against one."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from assay.audit.finders.clipping import LEAST, clipped_shares

FloatArray = NDArray[np.float64]
_HALF, _FAINT = 0.5, 0.005  # added before a logarithm
LOW_CONTRAST = 12.75  # 5 % of the range, as `is_low_contrast` of scikit-image has it
_ROUNDING = 20 / 12  # variance of the Laplacian of rounding: the sum of its squared weights by that of a uniform error


@dataclass(frozen=True)
class Trait:
    """One way of being odd.

    Attributes:
        name: of the findings.
        statistic: what is measured, for people.
        unit: of it; "" for none.
        side: "below" or "above", the bad side.
        of: from the table of a manifest to the values [N], NaN where nobody measured.
        scale: from values to a scale on which those of a clean dataset lie about evenly; it grows with them.
        back: from that scale to values.
        least_spread: on that scale, see `learned`.
        floor: a picture on the good side of it is never odd, whatever the others are like.
        always: a picture on the bad side of it is odd, whatever the others are like; None for no such value.
        flag: of the scan, which says the same of a picture alone; "" for none.
    """

    name: str
    statistic: str
    unit: str
    side: str
    of: Callable[[pd.DataFrame], FloatArray]
    scale: Callable[[FloatArray], FloatArray]
    back: Callable[[float], float]
    least_spread: float
    floor: float
    flag: str = ""
    always: float | None = None

    def edge(self, learned: float) -> float:
        """Where odd values begin, as far as the floor and what is always odd let a learned limit have its way."""
        edge = self.back(learned)
        if self.side == "below":
            return max(min(edge, self.floor), -np.inf if self.always is None else self.always)
        return min(max(edge, self.floor), np.inf if self.always is None else self.always)

    def is_always_odd(self, values: FloatArray) -> NDArray[np.bool_]:
        """Which values are odd whatever the others are like, bool [N]."""
        if self.always is None:
            return np.zeros(len(values), dtype=bool)
        return np.asarray(values < self.always if self.side == "below" else values > self.always)

    def passes_floor(self, values: FloatArray) -> NDArray[np.bool_]:
        """Which values may be called odd at all, bool [N]."""
        return np.asarray(values < self.floor if self.side == "below" else values > self.floor)


def _column(name: str) -> Callable[[pd.DataFrame], FloatArray]:
    return lambda table: table[name].to_numpy(dtype=np.float64)


def _detail(table: pd.DataFrame) -> FloatArray:
    """Sharpness less what rounding to whole grey levels gives, divided by contrast; NaN where that is low.

    A smooth sky is not blurred, and rounding is most of what the Laplacian has left of a picture that is.
    """
    sharpness, contrast = _column("sharpness")(table), _column("contrast")(table)
    own = np.sqrt(np.maximum(sharpness**2 - _ROUNDING, 0.0))
    return np.where(contrast >= LOW_CONTRAST, own / np.maximum(contrast, 1.0), np.nan)


def _area(table: pd.DataFrame) -> FloatArray:
    return _column("width")(table) * _column("height")(table)


def _stretch(table: pd.DataFrame) -> FloatArray:
    sides = table[["width", "height"]].to_numpy(dtype=np.float64)
    return np.asarray(sides.max(axis=1) / np.maximum(sides.min(axis=1), 1))


def _logarithm(values: FloatArray) -> FloatArray:
    return np.asarray(np.log(values + _HALF))


def _exponential(value: float) -> float:
    return float(np.exp(value) - _HALF)


def _plain(values: FloatArray) -> FloatArray:
    return values


TRAITS = (
    # Mean brightness beyond a quarter of the range; what is darker than 16 of 255 the scan flags by itself.
    Trait(
        "dark", "mean brightness", "of 255", "below", _column("brightness"), _logarithm, _exponential, 0.1, 64.0, "dark"
    ),
    Trait(
        "bright",
        "mean brightness",
        "of 255",
        "above",
        _column("brightness"),
        lambda values: -_logarithm(255 - values),
        lambda value: 255 - _exponential(-value),
        0.1,
        191.0,
        "bright",
    ),
    Trait("clipped", "share of black and white pixels", "", "above", clipped_shares, _plain, float, 0.05, LEAST),
    # The Laplacian of a wave is (2π / wavelength)² times the wave. So 0.25 has details of a twentieth of the longer
    # side, and 0.05 none finer than a ninth of it, which no picture in focus of what fills it was seen to have.
    Trait(
        "blurred",
        "sharpness in shares of the contrast",
        "",
        "below",
        _detail,
        lambda values: np.asarray(np.log(values + _FAINT)),
        lambda x: float(np.exp(x) - _FAINT),
        0.1,
        0.25,
        always=0.05,
    ),
    Trait(
        "low_contrast",
        "contrast",
        "grey levels",
        "below",
        _column("contrast"),
        _logarithm,
        _exponential,
        0.1,
        LOW_CONTRAST,
    ),
    Trait("low_entropy", "entropy", "bits", "below", _column("entropy"), _plain, float, 0.1, 4.0),
    Trait(
        "odd_aspect",
        "longer side divided by shorter",
        "",
        "above",
        _stretch,
        np.log,
        lambda x: float(np.exp(x)),
        0.1,
        2.0,
    ),
    # Four times as many pixels, or a quarter, are twice the sides or half of them.
    Trait("small", "pixels", "", "below", _area, np.log, lambda x: float(np.exp(x)), 0.31, np.inf, "tiny"),
    Trait("large", "pixels", "", "above", _area, np.log, lambda x: float(np.exp(x)), 0.31, 0.0),
)
"""What is compared with the other pictures."""
HIDES = {
    "blank": ("blurred", "low_contrast", "low_entropy", "dark", "bright", "clipped"),
    "dark": ("low_contrast", "low_entropy", "blurred", "clipped"),
    "bright": ("low_contrast", "low_entropy", "blurred", "clipped"),
    "low_contrast": ("low_entropy", "blurred"),
    "clipped": ("low_entropy",),
}
"""What a picture that is so is anyway, and is not said of it as well."""
