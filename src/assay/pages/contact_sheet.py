"""Contact sheet: rows of pictures with a few words under each, as one PNG that fits a screen."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from assay.data.preprocessing import ByteImage
from assay.pages.canvas import shortened
from assay.pages.sheet import Sheet

SCREEN = (1600, 1000)
"""Width and height that a sheet stays within as long as its pictures do not get smaller than `SMALLEST`."""
SMALLEST, LARGEST = 84, 200
MARGIN, GAP, APART, HEADER, LINE = 20, 8, 22, 96, 16
TITLES = 150
CHARACTER = 6.6
"""Width of a letter under a picture, in pixels."""


@dataclass(frozen=True)
class Tile:
    """A picture, uint8 [S, S, 3], and the lines of words under it."""

    picture: ByteImage
    words: tuple[str, ...] = ()


@dataclass(frozen=True)
class SheetRow:
    """Pictures beside each other; the lines to their left, of which the first is the title."""

    title: tuple[str, ...]
    tiles: tuple[Tile, ...]


def write_contact_sheet(
    path: Path, rows: Sequence[SheetRow], columns: Sequence[tuple[str, int]], *, title: str, subtitle: str
) -> None:
    """Write the sheet, whole or not at all.

    Args:
        path: the PNG file.
        rows: at least one, each with as many pictures as there are columns.
        columns: groups of columns from left to right: what stands above, and how many columns there are.
        title: what is shown.
        subtitle: what else has to be known.
    """
    words = [max((len(tile.words) for tile in row.tiles), default=0) for row in rows]
    side = _side([count for _, count in columns], len(rows), sum(words))
    lefts, starts = _places([count for _, count in columns], side)
    heights = [side + LINE * count + GAP + (GAP if count else 0) for count in words]
    width = max(lefts[-1] + side + MARGIN, 2 * MARGIN + 12 * len(title), 2 * MARGIN + 8 * len(subtitle))
    height = HEADER + sum(heights) + MARGIN
    sheet = Sheet(width, height)
    sheet.write(MARGIN, 32, title, "ink", 19, bold=True)
    sheet.write(MARGIN, 55, subtitle, "muted", 13)
    for (heading, count), left in zip(columns, starts, strict=True):
        room = count * (side + GAP)
        sheet.write(left, HEADER - 8, shortened(heading, max(8, int(room / 7.4))), "ink", 13)
    top = HEADER
    for row, row_height in zip(rows, heights, strict=True):
        for number, line in enumerate(row.title):
            color, bold = ("muted", False) if number else ("ink", True)
            sheet.write(MARGIN, top + 16 + 18 * number, shortened(line, 17), color, 13, bold=bold)
        for left, tile in zip(lefts, row.tiles, strict=True):
            sheet.pixels[top : top + side, left : left + side] = _fitted(tile.picture, side)
            for number, line in enumerate(tile.words):
                shortened_line = shortened(line, max(6, int(side / CHARACTER)))
                sheet.write(left, top + side + 13 + LINE * number, shortened_line, "muted" if number else "ink", 11.5)
        top += row_height
    sheet.save(path)


def _side(groups: Sequence[int], rows: int, lines: int) -> int:
    """The side of the pictures with which the sheet fits a screen, as far as they stay large enough to be seen."""
    room = SCREEN[0] - 2 * MARGIN - TITLES - APART * (len(groups) - 1)
    across = room // sum(groups) - GAP
    down = (SCREEN[1] - HEADER - MARGIN - lines * LINE) // rows - 2 * GAP
    return int(np.clip(min(across, down), SMALLEST, LARGEST))


def _places(groups: Sequence[int], side: int) -> tuple[list[int], list[int]]:
    """Pixel columns at which each picture of a row begins, and each group of them."""
    lefts: list[int] = []
    starts: list[int] = []
    left = MARGIN + TITLES
    for count in groups:
        starts.append(left)
        lefts += [left + (side + GAP) * index for index in range(count)]
        left = lefts[-1] + side + GAP + APART
    return lefts, starts


def _fitted(picture: ByteImage, side: int) -> ByteImage:
    kind = cv2.INTER_AREA if picture.shape[0] > side else cv2.INTER_NEAREST
    return cv2.resize(picture, (side, side), interpolation=kind).astype(np.uint8, copy=False)
