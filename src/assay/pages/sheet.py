"""Sheet: a white picture on which pictures and words are put, saved as one PNG."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np

from assay.data.preprocessing import ByteImage
from assay.files import atomic_write
from assay.pages.palette import LIGHT
from assay.pages.png import font_families

_DPI = 100.0


class Sheet:
    """Width and height are in pixels, from the left and from the top.

    Attributes:
        pixels: uint8 [height, width, 3]; pictures are put here.
    """

    def __init__(self, width: int, height: int) -> None:
        """Begin with a white one."""
        self.pixels: ByteImage = np.full((height, width, 3), 255, dtype=np.uint8)
        self._words: list[tuple[float, float, str, str, float, bool]] = []

    def write(self, x: float, y: float, text: str, color: str, size: float, *, bold: bool = False) -> None:
        """Put a line of words.

        Args:
            x: where it begins.
            y: its base line.
            text: in any script that the machine has a font for.
            color: of the light palette.
            size: in pixels.
            bold: for titles.
        """
        self._words.append((x, y, text, color, size, bold))

    def save(self, path: Path) -> None:
        """Write the PNG, whole or not at all."""
        from matplotlib import rc_context
        from matplotlib.backends.backend_agg import FigureCanvasAgg
        from matplotlib.figure import Figure

        height, width, _ = self.pixels.shape
        with rc_context({"font.family": font_families(), "text.parse_math": False}):
            figure = Figure(figsize=(width / _DPI, height / _DPI), dpi=_DPI)
            for x, y, text, color, size, bold in self._words:
                weight, points = "bold" if bold else "normal", size * 72 / _DPI
                figure.text(x / width, 1 - y / height, text, color=LIGHT[color], fontsize=points, fontweight=weight)
            figure.figimage(self.pixels, 0, 0, origin="upper", zorder=-1)
            packed = io.BytesIO()
            FigureCanvasAgg(figure).print_png(packed)
        with atomic_write(path) as temporary:
            temporary.write_bytes(packed.getvalue())
