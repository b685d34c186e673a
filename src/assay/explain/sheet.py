"""The contact sheet as one PNG: pictures beside their overlays, with what the model said about each."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from PIL import Image

from assay.data.preprocessing import ByteImage
from assay.explain.drawn import DrawnCase
from assay.explain.heat import HeatScale
from assay.explain.overlay import colour_scale
from assay.pages.canvas import shortened
from assay.pages.sheet import Sheet

TILE = 168
GAP = 4
MARGIN = 18
CAPTION = 40
HEADER = 74
COLUMNS = 5


def write_sheet(
    drawn: Sequence[DrawnCase],
    path: Path,
    *,
    title: str,
    subtitle: str,
    scale: HeatScale,
    class_names: Sequence[str],
    first: int = 1,
) -> None:
    """Write the sheet, whole or not at all.

    Args:
        drawn: at least one case.
        path: the PNG file.
        title: what is shown.
        subtitle: model, method and layer.
        scale: whose ends the colour bar names.
        class_names: C names.
        first: number of the first case, the same as in the form.
    """
    columns = min(COLUMNS, len(drawn))
    rows = -(-len(drawn) // columns)
    cell_width, cell_height = 2 * TILE + GAP + MARGIN, TILE + CAPTION + MARGIN
    width = max(MARGIN + columns * cell_width, 900)
    height = HEADER + rows * cell_height + MARGIN
    sheet = Sheet(width, height)
    sheet.write(MARGIN, 30, title, "ink", 19, bold=True)
    sheet.write(MARGIN, 54, subtitle, "muted", 13)
    _colour_bar(sheet.pixels, width)
    sheet.write(width - MARGIN - 262, 30, "0", "muted", 12)
    sheet.write(width - MARGIN - 42, 30, f"{scale.full:.3g}", "muted", 12)
    sheet.write(
        width - MARGIN - 250, 54, f"line: {scale.full / 2:.3g}   no colour: under {scale.floor:.3g}", "muted", 12
    )
    for index, tile in enumerate(drawn):
        left = MARGIN + index % columns * cell_width
        top = HEADER + index // columns * cell_height
        _place(sheet.pixels, tile.picture, left, top)
        _place(sheet.pixels, tile.overlay, left + TILE + GAP, top)
        message = f"{first + index}  {shortened(class_names[tile.case.predicted], 26)} {tile.case.confidence:.0%}"
        sheet.write(left, top + TILE + 16, message, "orange" if tile.case.wrong else "ink", 13, bold=True)
        sheet.write(left, top + TILE + 33, _under(tile, class_names), "muted", 12)
    sheet.save(path)


def _under(drawn: DrawnCase, class_names: Sequence[str]) -> str:
    case = drawn.case
    parts = []
    if case.true is not None:
        parts.append(f"is {shortened(class_names[case.true], 22)}" if case.wrong else "right")
    if case.target != case.predicted:
        parts.append(f"heat for {shortened(class_names[case.target], 18)}")
    if not drawn.signal:
        parts.append("no signal")
    return " · ".join(parts)


def _colour_bar(sheet: ByteImage, width: int) -> None:
    ramp = colour_scale()[np.linspace(0, 255, 200).astype(np.int64)]
    left = width - MARGIN - 248
    sheet[18:32, left : left + 200] = ramp


def _place(sheet: ByteImage, picture: ByteImage, left: int, top: int) -> None:
    """Put a picture into a square of the sheet, in its proportions, in the middle."""
    image = Image.fromarray(picture)
    image.thumbnail((TILE, TILE))
    if max(image.size) < TILE:
        factor = TILE / max(image.size)
        image = image.resize((round(image.width * factor), round(image.height * factor)))
    x, y = left + (TILE - image.width) // 2, top + (TILE - image.height) // 2
    sheet[y : y + image.height, x : x + image.width] = np.asarray(image)
