"""64-bit perceptual hash (pHash): exact and resized copies of a picture are a few bits apart, others about 32."""

from __future__ import annotations

from typing import cast

import cv2
import numpy as np
from numpy.typing import NDArray

SIDE = 32
_KEPT = 8
_PLACES = np.uint64(1) << np.arange(63, -1, -1, dtype=np.uint64)
# Unnormalised DCT-II: row k is 2·cos(π·k·(2n+1) / 2N).
_COSINES = 2 * np.cos(np.pi / (2 * SIDE) * np.outer(np.arange(_KEPT), 2 * np.arange(SIDE) + 1))


def thumbnail(image: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """The grey uint8 [32, 32] that the hash looks at, of a uint8 [H, W, 3] RGB image."""
    small = cv2.resize(image, (SIDE, SIDE), interpolation=cv2.INTER_AREA)
    return cast("NDArray[np.uint8]", cv2.cvtColor(small, cv2.COLOR_RGB2GRAY))


def perceptual_hash(thumbnails: NDArray[np.uint8]) -> NDArray[np.uint64]:
    """Which of the 8×8 lowest DCT coefficients exceed their median, as the bits of a uint64, lowest frequency first.

    Args:
        thumbnails: uint8 [N, 32, 32], grey.

    Returns:
        uint64 [N].

    Source: Zauner (2010), "Implementation and benchmarking of perceptual image hash functions", section 3.2.1.
    """
    spectrum = _COSINES @ thumbnails.astype(np.float64) @ _COSINES.T
    # Rounding: the coefficients of an even surface are 0, not noise whose sign differs between machines.
    low = np.round(spectrum, 6).reshape(len(thumbnails), _KEPT * _KEPT)
    return (low > np.median(low, axis=1, keepdims=True)).astype(np.uint64) @ _PLACES


def distance(first: NDArray[np.uint64], second: NDArray[np.uint64]) -> NDArray[np.integer]:
    """Number of bits, 0 to 64, in which hashes differ; broadcasts."""
    return np.bitwise_count(np.bitwise_xor(first, second))
