"""Sparkline: a few numbers as a line of blocks."""

from __future__ import annotations

from collections.abc import Sequence

BLOCKS = "▁▂▃▄▅▆▇█"
LEAST = 0.01
"""Smallest span that fills the blocks' whole height, so that noise does not look like a mountain."""


def sparkline(values: Sequence[float], *, most: int = 24) -> str:
    """A block for each number, the last `most` of them; the lowest is the lowest block.

    Args:
        values: finite numbers.
        most: characters.
    """
    shown = list(values)[-most:]
    if not shown:
        return ""
    low, high = min(shown), max(shown)
    span = max(high - low, LEAST)
    start = low - (span - (high - low)) / 2
    return "".join(BLOCKS[min(int((value - start) / span * len(BLOCKS)), len(BLOCKS) - 1)] for value in shown)
