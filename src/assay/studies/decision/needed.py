"""How many more images an interval needs to clear a bound, if the value stays."""

from __future__ import annotations

import math

from assay.comparison.sample_size import MOST


def images_to_clear(value: float, end: float, bound: float, n: int) -> int | None:
    """Images altogether at which the interval's end reaches the bound: n * ((value - end) / (value - bound))².

    The distance from the value to an end of its interval shrinks with the square root of the number of images. Where
    an interval also counts trainings, that takes as many times more trainings; with the trainings as they are it is a
    lower limit.

    Args:
        value: as measured, taken to stay.
        end: the end of the interval on the side of the bound.
        bound: that is to be cleared.
        n: images behind the value.

    Returns:
        None when the value itself is on the bound or beyond it (end and bound lie on different sides), or more than a
        million would be needed.
    """
    room, reach = value - bound, value - end
    if room == 0 or n < 1 or (room > 0) != (reach > 0):
        return None
    total = n * (reach / room) ** 2
    return None if not math.isfinite(total) or total > MOST else max(n, math.ceil(total - 1e-9))
