"""Where the names of points stand, so that none lies over another name, a point or its intervals."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from assay.pages.axes import Axes
from assay.pages.marks import Point

LETTER, LINE, GAP = 6.6, 13.0, 10.0
"""Width of a letter, height of a line, and distance of a name from its point, in pixels."""
HEIGHTS = (-7, 15, -20, 28, -34, 42, -48, 56, -62, 70, -76, 84)
"""Of a name's baseline from its point, the nearest first."""
FAR = 30.0
"""Distance from which a line leads from the point to its name."""
Box = tuple[float, float, float, float]


@dataclass(frozen=True)
class Mark:
    """A point with its intervals, in pixels.

    Attributes:
        at: the point.
        left, right: ends of the horizontal bar.
        top, bottom: ends of the vertical bar.
    """

    at: Point
    left: float
    right: float
    top: float
    bottom: float

    @property
    def boxes(self) -> tuple[Box, Box, Box]:
        """What it covers."""
        x, y = self.at
        return (
            (x - 8, y - 8, x + 8, y + 8),
            (self.left, y - 2, self.right, y + 2),
            (x - 2, self.top, x + 2, self.bottom),
        )


def place(marks: Sequence[Mark], texts: Sequence[str], axes: Axes) -> list[tuple[Point, Point | None] | None]:
    """For each name the start of its baseline, and where a line to its point begins (None where it is near).

    The first names find their place first; None where there is no room at all.
    """
    taken = [box for mark in marks for box in mark.boxes]
    spots: list[tuple[Point, Point | None] | None] = []
    for mark, text in zip(marks, texts, strict=True):
        width = len(text) * LETTER
        spot = next((spot for spot in _spots(mark.at, width) if _free(_box(spot, width), taken, axes)), None)
        if spot is None:
            spots.append(None)
            continue
        box = _box(spot, width)
        taken.append(box)
        near = abs(spot[1] - mark.at[1]) < FAR
        lead = min(max(mark.at[0], box[0]), box[2]), box[3] if spot[1] < mark.at[1] else box[1]
        spots.append((spot, None if near else lead))
    return spots


def _spots(at: Point, width: float) -> list[Point]:
    """Beside the point, then further above and below it."""
    x, y = at
    return [(start, y + height) for height in HEIGHTS for start in (x + GAP, x - GAP - width, x - width / 2)]


def _box(spot: Point, width: float) -> Box:
    return spot[0], spot[1] - LINE + 2, spot[0] + width, spot[1] + 3


def _free(box: Box, taken: Sequence[Box], axes: Axes) -> bool:
    inside = box[0] >= axes.left and box[2] <= axes.right + 24 and box[1] >= axes.top and box[3] <= axes.bottom
    return inside and not any(
        box[0] < other[2] and other[0] < box[2] and box[1] < other[3] and other[1] < box[3] for other in taken
    )
