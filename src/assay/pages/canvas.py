"""Canvas: marks drawn once, rendered as SVG for the page or as PNG for MLflow."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from assay.pages.marks import Anchor, Area, Dot, Line, Mark, Point, Text


@dataclass
class Canvas:
    """Marks in drawing order; coordinates in pixels from the top left corner.

    Colours are names of the palette (`palette.py`), never values, so that one drawing serves light and dark.

    Attributes:
        width: pixels.
        height: pixels.
        title: what the picture shows, read out to those who cannot see it.
        marks: what was drawn, in order.
    """

    width: float
    height: float
    title: str
    marks: list[Mark] = field(default_factory=list, repr=False)

    def line(
        self,
        points: Sequence[Point],
        color: str,
        *,
        width: float = 1.0,
        dash: tuple[float, ...] = (),
        tip: str = "",
        opacity: float = 1.0,
    ) -> None:
        """Add a polyline."""
        self.marks.append(Line(tuple(points), color, width, dash, tip, opacity))

    def area(self, points: Sequence[Point], color: str, *, opacity: float = 1.0, tip: str = "") -> None:
        """Add a filled polygon."""
        self.marks.append(Area(tuple(points), color, opacity, tip))

    def box(
        self, x: float, y: float, width: float, height: float, color: str, *, opacity: float = 1.0, tip: str = ""
    ) -> None:
        """Add a filled rectangle with its upper left corner at x, y."""
        right, bottom = x + width, y + height
        self.area([(x, y), (right, y), (right, bottom), (x, bottom)], color, opacity=opacity, tip=tip)

    def dot(self, center: Point, color: str, *, radius: float = 3.5, tip: str = "") -> None:
        """Add a filled circle."""
        self.marks.append(Dot(center, radius, color, tip))

    def text(
        self,
        at: Point,
        text: str,
        color: str = "muted",
        *,
        size: float = 12.0,
        anchor: Anchor = "start",
        bold: bool = False,
        turn: float = 0.0,
    ) -> None:
        """Add one line of text."""
        self.marks.append(Text(at, text, color, size, anchor, bold, turn))

    def _repr_html_(self) -> str:
        """How a notebook shows the canvas: as SVG in the light palette, scrolling where it is too wide."""
        from assay.pages.palette import LIGHT, css_variables
        from assay.pages.svg import to_svg

        look = "background:var(--surface);padding:14px;overflow-x:auto;font-family:system-ui,sans-serif"
        return f'<div style="{css_variables(LIGHT)}{look}">{to_svg(self)}</div>'


def shortened(text: str, limit: int) -> str:
    """The text, or its beginning and an ellipsis where it is longer than `limit` characters."""
    return text if len(text) <= limit else text[: limit - 1].rstrip() + "…"


def beside(title: str, canvases: Sequence[Canvas], *, gap: float = 24.0) -> Canvas:
    """One canvas with the others side by side, aligned at the top."""
    return grid(title, canvases, columns=max(1, len(canvases)), gap=gap)


def grid(title: str, canvases: Sequence[Canvas], *, columns: int, gap: float = 24.0) -> Canvas:
    """One canvas with the others row by row; a row is as high as its highest canvas, a column as wide as its widest."""
    widths = [max(part.width for part in canvases[column::columns]) for column in range(min(columns, len(canvases)))]
    rows = [canvases[start : start + columns] for start in range(0, len(canvases), columns)]
    heights = [max(part.height for part in row) for row in rows]
    whole = Canvas(
        sum(widths) + gap * (len(widths) - 1),
        sum(heights) + gap * (len(heights) - 1),
        title,
    )
    for number, part in enumerate(canvases):
        row, column = divmod(number, columns)
        shift = sum(widths[:column]) + gap * column, sum(heights[:row]) + gap * row
        whole.marks.extend(_moved(mark, shift) for mark in part.marks)
    return whole


def _moved(mark: Mark, by: Point) -> Mark:
    if isinstance(mark, Line):
        return Line(_shift(mark.points, by), mark.color, mark.width, mark.dash, mark.tip, mark.opacity)
    if isinstance(mark, Area):
        return Area(_shift(mark.points, by), mark.color, mark.opacity, mark.tip)
    if isinstance(mark, Dot):
        return Dot((mark.center[0] + by[0], mark.center[1] + by[1]), mark.radius, mark.color, mark.tip)
    at = (mark.at[0] + by[0], mark.at[1] + by[1])
    return Text(at, mark.text, mark.color, mark.size, mark.anchor, mark.bold, mark.turn)


def _shift(points: tuple[Point, ...], by: Point) -> tuple[Point, ...]:
    return tuple((x + by[0], y + by[1]) for x, y in points)
