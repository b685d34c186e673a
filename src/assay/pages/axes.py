"""Two linear scales on a part of a canvas, with ticks and their grid."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from assay.pages.canvas import Canvas
from assay.pages.marks import Point

FIFTHS = (0.0, 0.2, 0.4, 0.6, 0.8, 1.0)


@dataclass(frozen=True)
class Axes:
    """A plotting area whose upper left corner is at `left`, `top`, and what its edges stand for.

    Attributes:
        canvas: what is drawn on.
        left, top, width, height: the area, in pixels.
        x_range, y_range: the values at its left and right, and at its lower and upper edge.
    """

    canvas: Canvas
    left: float
    top: float
    width: float
    height: float
    x_range: tuple[float, float] = (0.0, 1.0)
    y_range: tuple[float, float] = (0.0, 1.0)

    @property
    def bottom(self) -> float:
        """Pixel row of the lower edge."""
        return self.top + self.height

    @property
    def right(self) -> float:
        """Pixel column of the right edge."""
        return self.left + self.width

    def x(self, value: float) -> float:
        """Pixel column of a value."""
        low, high = self.x_range
        return self.left + (float(value) - low) / (high - low) * self.width

    def y(self, value: float) -> float:
        """Pixel row of a value."""
        low, high = self.y_range
        return self.bottom - (float(value) - low) / (high - low) * self.height

    def at(self, x: float, y: float) -> Point:
        """Where a pair of values lies."""
        return self.x(x), self.y(y)

    def path(self, xs: Sequence[float] | np.ndarray, ys: Sequence[float] | np.ndarray) -> list[Point]:
        """Where a curve lies."""
        return [self.at(x, y) for x, y in zip(xs, ys, strict=True)]

    def rows(self, values: Sequence[float], label: str = "") -> None:
        """Draw a grid line and a number for each value of the vertical scale, and the scale's name above it."""
        for value in values:
            row = self.y(value)
            self.canvas.line([(self.left, row), (self.right, row)], "grid")
            self.canvas.text((self.left - 6, row + 4), tick(value), size=11, anchor="end")
        if label:
            self.canvas.text((0, self.top - 9), label, size=12)

    def columns(self, values: Sequence[float], label: str = "") -> None:
        """Draw a number for each value of the horizontal scale, and the scale's name under it."""
        for value in values:
            self.canvas.text((self.x(value), self.bottom + 16), tick(value), size=11, anchor="middle")
        if label:
            self.canvas.text(((self.left + self.right) / 2, self.bottom + 34), label, size=12, anchor="middle")


def tick(value: float) -> str:
    """A number as short as it can be: 0, 0.2, 1, 250, 3k."""
    if abs(value) >= 1000 and value % 100 == 0:
        return f"{value / 1000:g}k"
    return f"{value:.3g}"


def nice_steps(low: float, high: float, *, about: int = 4) -> list[float]:
    """Round values, 1, 2 or 5 times a power of ten apart, from at or below `low` to at or above `high`."""
    if not high > low:
        low, high = low - 0.5, high + 0.5
    raw = (high - low) / about
    power = 10.0 ** np.floor(np.log10(raw))
    step = power * next(factor for factor in (1, 2, 5, 10) if factor * power >= raw * 0.999)
    first, last = np.floor(low / step + 1e-9), np.ceil(high / step - 1e-9)
    return [round(float(index * step), 10) for index in np.arange(first, last + 1)]
