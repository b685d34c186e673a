"""What counts as one independent source of pictures: a key, a burst, or a stretch of what few keys send."""

from __future__ import annotations

from dataclasses import replace
from typing import Literal

import numpy as np

from assay.monitoring.drift.cluster_weights import bursts
from assay.monitoring.window import Window
from assay.predictions import IntArray

Sources = Literal["auto", "key", "burst"]
Word = Literal["keys", "bursts", "stretches"]
KEYS_ENOUGH = 16
"""Keys from which each counts as one source: sign flips of so many reach p values of 2^-15."""
STRETCHES, SHORTEST = 24, 10
"""Into how many stretches a window of fewer keys is cut, and how many pictures each has at least."""


def with_sources(window: Window, sources: Sources) -> tuple[Window, Word]:
    """The window with `block` numbering what is taken as independent, and what that is called.

    A service whose pictures come from one program has one key, and still wants to know when its camera changes. Its
    pictures depend on those shortly before, not on those of last week: what it sends is cut into stretches, whose means
    are nearly independent where they are longer than the series that it sends (batch means; Schmeiser 1982, who finds
    10 to 30 of them enough).

    Args:
        window: whose `block` numbers keys.
        sources: "key" and "burst" take these; "auto" takes keys where there are `KEYS_ENOUGH`, else stretches.
    """
    if sources == "burst":
        return replace(window, block=bursts(window.block, window.times), keys=()), "bursts"
    if sources == "key" or len(np.unique(window.block)) >= KEYS_ENOUGH:
        return window, "keys"
    return replace(window, block=stretches(window.block, window.times), keys=()), "stretches"


def stretches(block: IntArray, times: np.ndarray) -> IntArray:
    """Sources that are finer than keys: each key's pictures in the order of time, cut into equal parts, [N].

    Args:
        block: [N], index of the key.
        times: [N], of the answers.
    """
    length = max(SHORTEST, -(-len(block) // STRETCHES))
    numbers = np.empty(len(block), dtype=np.int32)
    first = 0
    for key in np.unique(block):
        rows = np.flatnonzero(block == key)
        rows = rows[np.argsort(times[rows], kind="stable")]
        parts = max(1, len(rows) // length)
        for part in np.array_split(rows, parts):
            numbers[part] = first
            first += 1
    return numbers
