"""Faces: what tells one picture of a dataset from the others, so that solar cells are not all alike."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import cv2
import numpy as np
from numpy.typing import NDArray

from assay.data.copies.spectrum import KEPT, ORIENTATIONS, appearance, contrast, oriented
from assay.data.perceptual_hash import SIDE

Float32Array = NDArray[np.float32]

NOISE = 2.0
"""Steps of grey by which saving again changes a pixel of a thumbnail: what varies by less says nothing."""
DETAIL = 1.0
"""Steps of grey by which a thumbnail has to vary about a smooth surface: skies and walls are all alike."""
PRIOR = 50
"""Pictures of any kind that a dataset's own are added to when its frequencies are weighed."""
SMOOTH = 14.0
"""Frequency from which on coefficients count less, since a part of a picture is never met by a view to the pixel."""
_CORNER = 0.025
VIEWS = (
    (1.0, 0, 0),
    *((zoom, 0, 0) for zoom in (1.02, 1.04, 1.06, 1.09, 1.13, 1.18, 1.25)),
    *((1 + _CORNER, x, y) for x in (-1, 1) for y in (-1, 1)),
    *((2.0, x, y) for x in (-1, 1) for y in (-1, 1)),
)
"""Parts of a picture that another may be: how often its side is the part's, and to which side and corner it is moved.
Seen so, one picture is the other with its edges cut off, or without its border; the last ones are its quarters."""


@dataclass(frozen=True)
class Faces:
    """Pictures as unit vectors, whose product is the correlation of what is their own.

    The mean of the dataset is taken away and each frequency divided by its spread over the dataset. Mean and spread are
    those of all pictures in all eight orientations, so that turning a picture turns its vector, without a new look.

    Attributes:
        greys: uint8 [N, 32, 32] thumbnails.
    """

    greys: NDArray[np.uint8]

    @cached_property
    def plain(self) -> Float32Array:
        """[N, 256], the vectors of the pictures as they are; zeros for an even surface."""
        return self._own(self._shown)

    def seen(self, zoom: float, x: int, y: int) -> Float32Array:
        """[N, 256], the vectors of a part of each picture, an entry of `VIEWS`."""
        if zoom == 1:
            return self.plain
        rest = (SIDE - 1) * (1 - 1 / zoom) / 2
        matrix = np.array([[1 / zoom, 0, rest * (1 + x)], [0, 1 / zoom, rest * (1 + y)]])
        flags = cv2.INTER_CUBIC | cv2.WARP_INVERSE_MAP
        cut = [cv2.warpAffine(grey, matrix, (SIDE, SIDE), flags=flags) for grey in self.greys]
        return self._own(_shown(np.asarray(cut, dtype=np.uint8).reshape(-1, SIDE, SIDE)))

    @cached_property
    def _shown(self) -> Float32Array:
        return _shown(self.greys)

    @cached_property
    def _mean(self) -> Float32Array:
        shown = self._shown[self._shown.any(axis=1)]
        mean = shown.mean(axis=0, keepdims=True) if len(shown) else np.zeros((1, KEPT * KEPT), np.float32)
        every = np.mean([oriented(mean, turn) for turn in range(len(ORIENTATIONS))], axis=0)
        return np.asarray(every * len(shown) / (len(shown) + PRIOR), dtype=np.float32)

    @cached_property
    def _weights(self) -> Float32Array:
        shown = self._shown[self._shown.any(axis=1)]
        rows, columns = np.mgrid[:KEPT, :KEPT]
        # The power of photographs falls with the square of the frequency.
        usual = 1 / np.maximum(rows**2 + columns**2, 1).ravel()
        usual = usual / usual[1:].sum()
        own = ((shown - self._mean) ** 2).sum(axis=0).reshape(KEPT, KEPT)
        spread = ((own + own.T) / 2).ravel()
        lengths = np.linalg.norm(appearance(self.greys)[:, 1:], axis=1)
        noise = (NOISE / max(float(np.median(lengths)) if len(lengths) else 1.0, 1.0)) ** 2
        whitening = 1 / np.sqrt((spread + PRIOR * usual) / (len(shown) + PRIOR) + noise)
        return np.asarray(whitening * np.exp(-(rows**2 + columns**2).ravel() / SMOOTH**2), dtype=np.float32)

    def _own(self, shown: Float32Array) -> Float32Array:
        own = (shown - self._mean) * self._weights
        own[:, 0] = 0
        own[~shown.any(axis=1)] = 0
        return np.asarray(own / np.maximum(np.linalg.norm(own, axis=1, keepdims=True), 1e-9), dtype=np.float32)


def _shown(greys: NDArray[np.uint8]) -> Float32Array:
    spectra = appearance(greys)
    rows, columns = np.mgrid[:KEPT, :KEPT]
    detail = np.linalg.norm(spectra[:, (rows + columns > 2).ravel()], axis=1)
    shown = contrast(spectra) * (detail > DETAIL * SIDE)[:, None]
    return np.concatenate([np.zeros((len(shown), 1), np.float32), shown], axis=1)
