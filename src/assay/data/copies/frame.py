"""Frame: an even border around a picture, which hides from a search what the picture is a copy of."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

EVEN = 10
"""Steps of grey by which a frame differs from its own colour, when it was compressed."""
LEAST, MOST = 0.02, 0.35
"""Of a side that a frame takes at each end: what is thinner is the edge of a picture, and gone in a smaller copy."""
_SHARE = 0.97  # of a line's pixels that have the colour of the frame
_EDGE, _EDGE_OF_SMALL, _SMALL = 0.6, 0.9, 64
"""Of a line's pixels that have another one where a frame ends; more in pictures of fewer pixels than 64 a side, where
the hem of a shirt upon black looks like one."""


def without_frame(pixels: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """A picture without the even border around it, a view of the same memory.

    Each of the four sides ends a frame of its own, so that bars above and below go too. A frame ends in a straight edge
    along most of its length: what stands on an even background, a thing on a table or a digit, is no framed picture.

    Args:
        pixels: uint8 [H, W, 3].
    """
    top, bottom = _ends(pixels)
    rows = pixels[top:bottom]
    left, right = _ends(rows.transpose(1, 0, 2))
    return rows[:, left:right]


def _ends(lines: NDArray[np.uint8]) -> tuple[int, int]:
    """First line of the picture and the one behind its last, of lines [L, M, 3]."""
    (first, first_clear), (last, last_clear) = _even(lines), _even(lines[::-1])
    if first_clear != last_clear:  # the picture is dark at one side, and the frame is black
        first, last = (first, min(first, last)) if first_clear else (min(first, last), last)
    elif not first_clear:
        first = last = 0
    least = max(2, LEAST * len(lines))
    return first if first >= least else 0, len(lines) - (last if last >= least else 0)


def _even(lines: NDArray[np.uint8]) -> tuple[int, bool]:
    """Lines from the first on that have one colour, and whether they end in a straight edge."""
    colour, edge = np.median(lines[0], axis=0), _EDGE if min(lines.shape[:2]) >= _SMALL else _EDGE_OF_SMALL
    for depth in range(int(MOST * len(lines)) + 2):
        other = (np.abs(lines[depth] - colour) > EVEN).any(axis=1).mean()
        if other > 1 - _SHARE:
            # The line may be of both, in a frame that was scaled.
            inner = (np.abs(lines[min(depth + 1, len(lines) - 1)] - colour) > EVEN).any(axis=1).mean()
            clear = depth > 0 and bool(inner >= edge)
            return depth + int(clear and other < 1), clear
    return 0, False
