"""Spectrum: the low frequencies of small grey pictures, from which any mirrored or turned one follows exactly."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from assay.data.perceptual_hash import SIDE

Float32Array = NDArray[np.float32]

KEPT = 16
ORIENTATIONS = (
    "as it is",
    "mirrored left to right",
    "mirrored top to bottom",
    "turned by 180°",
    "mirrored along the diagonal",
    "turned by 90°",
    "turned by 270°",
    "mirrored along the other diagonal",
)
"""What is done to a picture: number 4·t + 2·v + h transposes it if t, then flips it top to bottom if v, left to right
if h. Angles are clockwise."""

# Rows of the orthonormal DCT-II of 32 values.
_WAVES = np.cos(np.pi / (2 * SIDE) * np.outer(np.arange(KEPT), 2 * np.arange(SIDE) + 1)) * np.sqrt(2 / SIDE)
_WAVES[0] /= np.sqrt(2)
_ROWS = 4096  # in float64 at once
_SIGNS = (-1.0) ** np.arange(KEPT)


def appearance(thumbnails: NDArray[np.uint8]) -> Float32Array:
    """The 16×16 lowest DCT coefficients [N, 256] of grey thumbnails uint8 [N, 32, 32]."""
    spectra = np.empty((len(thumbnails), KEPT * KEPT), dtype=np.float32)
    for start in range(0, len(thumbnails), _ROWS):
        part = thumbnails[start : start + _ROWS]
        spectrum = _WAVES @ part.astype(np.float64) @ _WAVES.T
        spectra[start : start + _ROWS] = np.round(spectrum, 6).reshape(len(part), KEPT * KEPT)
    return spectra


def oriented(spectra: Float32Array, orientation: int) -> Float32Array:
    """The appearances [N, 256] that the pictures would have after a change of `ORIENTATIONS`."""
    blocks = spectra.reshape(-1, KEPT, KEPT)
    if orientation & 4:
        blocks = blocks.transpose(0, 2, 1)
    if orientation & 2:
        blocks = blocks * _SIGNS[:, None]
    if orientation & 1:
        blocks = blocks * _SIGNS[None]
    return np.ascontiguousarray(blocks, dtype=np.float32).reshape(len(spectra), KEPT * KEPT)


def contrast(spectra: Float32Array) -> Float32Array:
    """What is left without mean brightness and contrast: [N, 255] of length 1; zeros for an even surface."""
    without = spectra[:, 1:]
    lengths = np.linalg.norm(without, axis=1, keepdims=True)
    # A thumbnail of 32×32 whose grey varies by less than half a step shows nothing.
    return np.where(lengths > SIDE / 2, without / np.maximum(lengths, 1e-9), 0).astype(np.float32)
