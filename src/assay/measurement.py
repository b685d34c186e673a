"""Measurement: one number with its interval, its sample size and how the interval was made."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

from assay.errors import DataError


@dataclass(frozen=True)
class Measurement:
    """A value that knows how sure it is.

    Attributes:
        value: the number on the whole sample, or None where it is undefined; the evidence's notes say why.
        low: lower end of the interval, or None when there is none.
        high: upper end of the interval, or None when there is none.
        n: the images that the value is about.
        method: how the interval was made, in words.

    Raises:
        DataError: a number is NaN or infinite; what is undefined has to be None.
    """

    value: float | None
    low: float | None
    high: float | None
    n: int
    method: str

    def __post_init__(self) -> None:
        for name in ("value", "low", "high"):
            number = getattr(self, name)
            if number is not None and not math.isfinite(number):
                raise DataError(f"{name} of a measurement is {number}; an undefined number is None, with a note why")

    def __str__(self) -> str:
        if self.value is None:
            return "undefined"
        if self.low is None or self.high is None:
            return f"{self.value:.4f}"
        return f"{self.value:.4f} [{self.low:.4f}, {self.high:.4f}]"


def with_intervals(named: Mapping[str, Measurement | float | None], n: int) -> dict[str, Measurement]:
    """The same numbers, each as a measurement; what is undefined is left out.

    Args:
        named: measurements, and bare numbers that have no interval.
        n: images that the bare ones are about.
    """
    measured = {
        name: measurement
        if isinstance(measurement, Measurement)
        else Measurement(measurement, None, None, n, "no interval")
        for name, measurement in named.items()
    }
    return {name: measurement for name, measurement in measured.items() if measurement.value is not None}
