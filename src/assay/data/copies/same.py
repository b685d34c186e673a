"""Same: whether two files hold the same picture, once one of them is turned, shifted and scaled onto the other."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from assay.data.copies.spectrum import ORIENTATIONS
from assay.data.image import read_image
from assay.data.sample_range import FULL, SampleRange

Float32Array = NDArray[np.float32]

SIDE = 96
_ZOOMS = (1.0, 1.03, 1.06, 1.1, 1.16, 1.25)
_EDGE = 2  # pixels that a scaling mixes with what lies outside
_LEAST = 0.5  # of the picture that both have to show
_END = (cv2.TERM_CRITERIA_EPS | cv2.TERM_CRITERIA_COUNT, 60, 1e-6)


def grey_of(path: str, samples: SampleRange = FULL) -> Float32Array:
    """The picture of a file in grey, [96, 96], or smaller where the picture is.

    Raises:
        DataError: it cannot be read.
    """
    pixels = read_image(path, samples)
    side = min(SIDE, *pixels.shape[:2])
    small = cv2.resize(pixels, (side, side), interpolation=cv2.INTER_AREA)
    return np.asarray(cv2.cvtColor(small, cv2.COLOR_RGB2GRAY), dtype=np.float32)


def likeness(first: Float32Array, second: Float32Array) -> float:
    """Correlation, -1 to 1, of two grey pictures [S, S] where both show something, after the best affine map.

    Source of the registration: Evangelidis and Psarakis (2008), "Parametric image alignment using enhanced correlation
    coefficient maximization", as OpenCV has it.
    """
    side = min(len(first), len(second))
    first, second = (_scaled(picture, side) for picture in (first, second))
    ways = [(picture, other) for picture, other in ((first, second), (second, first))]
    return max(_registered(picture, _best_turn(picture, other)) for picture, other in ways)


def _best_turn(picture: Float32Array, other: Float32Array) -> Float32Array:
    turned = [_turned(other, turn) for turn in range(len(ORIENTATIONS))]
    return max(turned, key=lambda way: max(_correlation(picture, _zoomed(way, zoom)) for zoom in _ZOOMS))


def _registered(picture: Float32Array, other: Float32Array) -> float:
    side = len(picture)
    zoom = max(_ZOOMS, key=lambda zoom: _correlation(picture, _zoomed(other, zoom)))
    start = _matrix(side, zoom)
    try:
        _, matrix = cv2.findTransformECC(picture, other, start.copy(), cv2.MOTION_AFFINE, _END, None, 3)  # type: ignore[call-overload]
    except cv2.error:  # an even surface, or nothing in common
        matrix = start
    flags = cv2.INTER_CUBIC | cv2.WARP_INVERSE_MAP
    moved = cv2.warpAffine(other, matrix, (side, side), flags=flags)
    both = cv2.warpAffine(np.ones_like(other), matrix, (side, side), flags=cv2.WARP_INVERSE_MAP) > 0.99
    edge = min(_EDGE, side // 8)
    both[:edge] = both[side - edge :] = False
    both[:, :edge] = both[:, side - edge :] = False
    if both.mean() < _LEAST:
        return -1.0
    smooth = [np.asarray(cv2.GaussianBlur(shown, (0, 0), 1)[both], dtype=np.float32) for shown in (picture, moved)]
    return _correlation(smooth[0], smooth[1])


def _turned(picture: Float32Array, turn: int) -> Float32Array:
    if turn & 4:
        picture = picture.T
    if turn & 2:
        picture = picture[::-1]
    if turn & 1:
        picture = picture[:, ::-1]
    return np.ascontiguousarray(picture)


def _matrix(side: int, zoom: float) -> Float32Array:
    rest = (side - 1) / 2 * (1 - 1 / zoom)
    return np.array([[1 / zoom, 0, rest], [0, 1 / zoom, rest]], dtype=np.float32)


def _zoomed(picture: Float32Array, zoom: float) -> Float32Array:
    if zoom == 1:
        return picture
    side = len(picture)
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    return np.asarray(cv2.warpAffine(picture, _matrix(side, zoom), (side, side), flags=flags), dtype=np.float32)


def _scaled(picture: Float32Array, side: int) -> Float32Array:
    if len(picture) == side:
        return picture
    return np.asarray(cv2.resize(picture, (side, side), interpolation=cv2.INTER_AREA), dtype=np.float32)


def _correlation(first: Float32Array, second: Float32Array) -> float:
    a, b = first - first.mean(), second - second.mean()
    lengths = float(np.sqrt((a * a).sum() * (b * b).sum()))
    return float((a * b).sum()) / lengths if lengths > 1e-3 else -1.0
