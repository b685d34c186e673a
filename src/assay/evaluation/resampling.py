"""Resampling: how the intervals of a measurement are made."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Resampling:
    """How intervals are made.

    Attributes:
        resamples: of the bootstrap; 0 gives values without intervals.
        seed: of it.
        confidence: level of the intervals.
    """

    resamples: int = 1000
    seed: int = 0
    confidence: float = 0.95
