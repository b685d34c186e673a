"""From maps to heat: one scale for all pictures, so that a map without signal looks empty."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from assay.explain.maps import Maps

FLOOR = 0.1
ROBUST = 0.95
SMOOTHING = 1 / 56
CELLS = 32


@dataclass(frozen=True)
class HeatScale:
    """What is drawn as full heat, and what is not drawn at all.

    A map stretched to its own range shows noise as strongly as signal; here all pictures of a model share one range.

    Attributes:
        full: the value that is drawn hottest; larger ones look the same.
        floor: a map that nowhere reaches this value has no signal and is drawn empty.
    """

    full: float
    floor: float

    @classmethod
    def of(cls, maps: Maps, *, size: int, floor: float = FLOOR) -> HeatScale:
        """The scale of a reference set: its largest peak but for the top 5 %, a robust maximum.

        Args:
            maps: [N, h, w] of the reference pictures.
            size: side of the pictures, in pixels.
            floor: share of the full scale that a peak has to reach.
        """
        peaks = [float(enlarged(entry, size).max()) for entry in maps]
        full = float(np.quantile(peaks, ROBUST)) if peaks else 0.0
        return cls(full, floor * full)

    def has_signal(self, smooth: Maps) -> bool:
        """Whether a map, enlarged, reaches the floor somewhere."""
        return bool(self.full > 0 and smooth.max() >= self.floor)

    def heat(self, smooth: Maps) -> NDArray[np.float32]:
        """[H, W] in [0, 1] of a map that is enlarged; zeros where it has no signal."""
        if not self.has_signal(smooth):
            return np.zeros_like(smooth)
        return np.clip(smooth / self.full, 0, 1)


def enlarged(entry: Maps, size: int) -> NDArray[np.float32]:
    """A map [h, w] as [size, size]: coarse ones interpolated, fine ones smoothed so that single pixels do not count."""
    if min(entry.shape) > CELLS:
        sigma = max(1.0, entry.shape[0] * SMOOTHING)
        entry = cv2.GaussianBlur(entry, (0, 0), sigma).astype(np.float32)
    if entry.shape == (size, size):
        return entry
    shrinks = entry.shape[0] > size
    resized = cv2.resize(entry, (size, size), interpolation=cv2.INTER_AREA if shrinks else cv2.INTER_LINEAR)
    return resized.astype(np.float32, copy=False)
