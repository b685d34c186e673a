"""Quality traits: in what a picture can be unlike the others of its dataset, and what is never held against one."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from assay.audit.finders.clipping import LEAST, clipped_shares

FloatArray = NDArray[np.float64]
_HALF = 0.5  # added before a logarithm


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

    def passes_floor(self, values: FloatArray) -> NDArray[np.bool_]:
        """Which values may be called odd at all, bool [N]."""
        return np.asarray(values < self.floor if self.side == "below" else values > self.floor)


def _column(name: str) -> Callable[[pd.DataFrame], FloatArray]:
    return lambda table: table[name].to_numpy(dtype=np.float64)


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
    # A Laplacian whose variance is below 100 is the usual sign of blur: Pech-Pacheco et al. (2000), "Diatom
    # autofocusing in brightfield microscopy", with the threshold that Rosebrock (2015) gave it.
    Trait("blurred", "sharpness", "grey levels", "below", _column("sharpness"), _logarithm, _exponential, 0.1, 10.0),
    # 5 % of the range, as `is_low_contrast` of scikit-image has it.
    Trait(
        "low_contrast", "contrast", "grey levels", "below", _column("contrast"), _logarithm, _exponential, 0.1, 12.75
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
