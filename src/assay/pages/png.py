"""A canvas as PNG in the light palette, for viewers that show pictures only; matplotlib is imported when it is used."""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import TYPE_CHECKING, Any

from assay.files import atomic_write
from assay.pages.canvas import Canvas
from assay.pages.marks import Area, Dot, Line, Mark
from assay.pages.palette import LIGHT

if TYPE_CHECKING:
    from matplotlib.artist import Artist

PIXELS_PER_UNIT = 2.0
MARGIN = 16.0
_BASE_DPI = 72.0
_ANCHORS = {"start": "left", "middle": "center", "end": "right"}


def to_png(canvas: Canvas, path: Path) -> None:
    """Write the canvas at twice its size with a margin, whole or not at all.

    Class names in scripts that no installed font covers show as boxes here; the page has no such limit.
    """
    from matplotlib import rc_context
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure
    from matplotlib.transforms import Affine2D

    width, height = canvas.width + 2 * MARGIN, canvas.height + 2 * MARGIN
    with rc_context({"font.family": font_families(), "text.parse_math": False}):
        figure = Figure(
            figsize=(width / _BASE_DPI, height / _BASE_DPI), dpi=_BASE_DPI * PIXELS_PER_UNIT, facecolor=LIGHT["surface"]
        )
        scale = PIXELS_PER_UNIT
        to_pixels = Affine2D().scale(scale, -scale).translate(MARGIN * scale, (height - MARGIN) * scale)
        for order, mark in enumerate(canvas.marks):
            figure.add_artist(_artist(mark, zorder=order, transform=to_pixels))
        with atomic_write(path) as temporary, warnings.catch_warnings():
            warnings.filterwarnings("ignore", "Glyph .* missing from font")
            FigureCanvasAgg(figure).print_png(temporary, pil_kwargs={"compress_level": 3})


def _artist(mark: Mark, **placed: Any) -> Artist:
    from matplotlib.lines import Line2D
    from matplotlib.patches import Circle, Polygon
    from matplotlib.text import Text as Label

    color = LIGHT[mark.color]
    if isinstance(mark, Line):
        dash: Any = (0, [length / mark.width for length in mark.dash]) if mark.dash else "-"
        xs, ys = zip(*mark.points, strict=True)
        look: dict[str, Any] = {"color": color, "alpha": mark.opacity, "linewidth": mark.width, "linestyle": dash}
        return Line2D(xs, ys, **look, solid_joinstyle="round", **placed)
    if isinstance(mark, Area):
        return Polygon(mark.points, facecolor=color, alpha=mark.opacity, edgecolor="none", **placed)
    if isinstance(mark, Dot):
        return Circle(mark.center, mark.radius, facecolor=color, edgecolor=LIGHT["surface"], linewidth=1.0, **placed)
    return Label(
        *mark.at,
        mark.text,
        color=color,
        fontsize=mark.size * 0.92,
        ha=_ANCHORS[mark.anchor],
        va="baseline",
        rotation=-mark.turn,
        rotation_mode="anchor",
        fontweight="bold" if mark.bold else "normal",
        **placed,
    )


def font_families() -> list[str]:
    """DejaVu Sans, which matplotlib brings, and what this machine has for the scripts it lacks."""
    from matplotlib import font_manager

    installed = {font.name for font in font_manager.fontManager.ttflist}
    wished = ("DejaVu Sans", "Noto Sans Thai", "Noto Sans CJK JP", "Noto Sans Arabic", "Noto Sans Devanagari", "Loma")
    return [family for family in wished if family in installed]
