"""Counting: shares of reviews and items, with Wilson's interval over what is independent."""

from __future__ import annotations

from collections.abc import Hashable, Iterable

from assay.evaluation.intervals import wilson_interval
from assay.measurement import Measurement


def share_of(hits: Iterable[tuple[Hashable, bool]], confidence: float, *, of: str = "pictures") -> Measurement:
    """A share with Wilson's interval; several about one thing are no more evidence than one.

    Args:
        hits: (what it is about, whether it counts) of each.
        confidence: of the interval.
        of: what is independent, in the plural.
    """
    listed = list(hits)
    if not listed:
        return Measurement(None, None, None, 0, "undefined: there is none yet")
    value, trials = sum(hit for _, hit in listed) / len(listed), len({about for about, _ in listed})
    ends = wilson_interval(value * trials, trials, confidence=confidence)
    assert ends is not None
    return Measurement(value, *ends, len(listed), f"Wilson over {trials} {of}")
