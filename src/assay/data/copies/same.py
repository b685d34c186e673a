"""Same: whether two files hold the same picture, once one of them is turned, shifted and scaled onto the other."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from assay.data.copies.faces import VIEWS
from assay.data.copies.frame import without_frame
from assay.data.image import read_image
from assay.data.sample_range import FULL, SampleRange

Float32Array = NDArray[np.float32]

KEPT_SIDE = 320
"""Of the pictures that are kept for comparing: a quarter of one is compared with one as it is."""
SIDE = 160
_COARSE = 80
_EDGE = 1 / 48  # of a side, which a scaling mixes with what lies outside
_MOVED = 0.04  # of a side, by which a view is corrected at most; what has to go farther is at another place
_LEAST = 0.5  # of the picture that both have to show
_STEPS = {"coarse": 30, "fine": 15}
_FLAT = 1.0  # grey levels by which a surface has to vary


def grey_of(path: str, samples: SampleRange = FULL) -> NDArray[np.uint8]:
    """The picture of a file in grey and without a frame, [320, 320], or smaller where the picture is.

    Raises:
        DataError: it cannot be read.
    """
    pixels = np.ascontiguousarray(without_frame(read_image(path, samples)))
    side = min(KEPT_SIDE, *pixels.shape[:2])
    small = cv2.resize(pixels, (side, side), interpolation=cv2.INTER_AREA)
    return np.asarray(cv2.cvtColor(small, cv2.COLOR_RGB2GRAY), dtype=np.uint8)


def likeness(first: NDArray[np.uint8], second: NDArray[np.uint8], turn: int, view: int) -> float:
    """Correlation, -1 to 1, of two grey pictures [S, S] where both show something, after the best affine map.

    Tones are fitted too, by a polynomial of third degree, so that a picture that was lightened or given more contrast
    is like itself.

    Args:
        first: as it is, [S, S].
        second: whose `view`, a place in `VIEWS`, turned by `turn`, a place in `ORIENTATIONS`, looks like the first.
        turn: see `second`.
        view: see `second`.

    Source of the registration: Evangelidis and Psarakis (2008), "Parametric image alignment using enhanced correlation
    coefficient maximization", as OpenCV has it.
    """
    side = min(SIDE, len(first), len(second))
    picture, other = (_scaled(shown.astype(np.float32), side) for shown in (first, second))
    other = _turned(other, turn)
    start = matrix = _viewed(side, turn, view)
    for size, steps in ((min(_COARSE, side), _STEPS["coarse"]), (side, _STEPS["fine"])):
        begin = _resized(matrix, side, size)
        matrix = _resized(_registered(_scaled(picture, size), _scaled(other, size), begin, steps), size, side)
    corners = np.array([[0, 0, 1], [0, side, 1], [side, 0, 1], [side, side, 1]], dtype=np.float32).T
    moved = np.linalg.norm((matrix - start) @ corners, axis=0).max()
    return max(_alike(picture, other, way) for way in (start, *([matrix] if moved <= _MOVED * side else [])))


def _registered(picture: Float32Array, other: Float32Array, start: Float32Array, steps: int) -> Float32Array:
    end = (cv2.TERM_CRITERIA_EPS | cv2.TERM_CRITERIA_COUNT, steps, 1e-7)
    try:
        _, matrix = cv2.findTransformECC(picture, other, start.copy(), cv2.MOTION_AFFINE, end, None, 3)  # type: ignore[call-overload]
    except cv2.error:  # an even surface, or nothing in common
        return start
    return np.asarray(matrix, dtype=np.float32)


def _alike(picture: Float32Array, other: Float32Array, matrix: Float32Array) -> float:
    side = len(picture)
    flags = cv2.INTER_CUBIC | cv2.WARP_INVERSE_MAP
    moved = cv2.warpAffine(other, matrix, (side, side), flags=flags)
    both = cv2.warpAffine(np.ones_like(other), matrix, (side, side), flags=cv2.WARP_INVERSE_MAP) > 0.99
    edge = max(1, round(side * _EDGE))
    both[:edge] = both[side - edge :] = False
    both[:, :edge] = both[:, side - edge :] = False
    if both.mean() < _LEAST:
        return -1.0
    a, b = (np.asarray(cv2.GaussianBlur(shown, (0, 0), 1)[both], dtype=np.float64) for shown in (picture, moved))
    y, x = np.mgrid[-1 : 1 : side * 1j, -1 : 1 : side * 1j][:, both]
    surface = np.stack([np.ones_like(x), x, y, x * x, x * y, y * y])
    return max(_fitted(a, b, surface), _fitted(b, a, surface))


def _fitted(values: NDArray[np.float64], target: NDArray[np.float64], surface: NDArray[np.float64]) -> float:
    """Correlation with the polynomial of the values that fits the target best, beyond what is a smooth surface.

    Args:
        values: [N].
        target: [N].
        surface: [K, N], which explains of both what skies, walls and lamps are alike in.
    """
    unit = (values - values.mean()) / max(float(values.std()), 1e-9)
    plain, rest = _left(unit, surface), _left(target, surface)
    if min(plain.std() * values.std(), rest.std()) < _FLAT:
        return -1.0
    if plain @ rest <= 0:
        return float(plain @ rest / (len(rest) * plain.std() * rest.std()))
    left = _left(target, np.concatenate([surface, [unit, unit**2, unit**3]]))
    return float(np.sqrt(max(0.0, 1 - float(left @ left) / float(rest @ rest))))


def _left(values: NDArray[np.float64], by: NDArray[np.float64]) -> NDArray[np.float64]:
    """What of values [N] is left when the functions [K, N] are fitted to them."""
    weights = np.linalg.lstsq(by @ by.T, by @ values, rcond=None)[0]
    return np.asarray(values - weights @ by)


def _turned(picture: Float32Array, turn: int) -> Float32Array:
    if turn & 4:
        picture = picture.T
    if turn & 2:
        picture = picture[::-1]
    if turn & 1:
        picture = picture[:, ::-1]
    return np.ascontiguousarray(picture)


def _viewed(side: int, turn: int, view: int) -> Float32Array:
    """The map [2, 3] from a picture to its part in a view, both turned."""
    zoom, x, y = VIEWS[view]
    if turn & 4:
        x, y = y, x
    x, y = -x if turn & 1 else x, -y if turn & 2 else y
    rest = (side - 1) / 2 * (1 - 1 / zoom)
    return np.array([[1 / zoom, 0, rest * (1 + x)], [0, 1 / zoom, rest * (1 + y)]], dtype=np.float32)


def _resized(matrix: Float32Array, side: int, wanted: int) -> Float32Array:
    """The same map between pictures of another side, whose pixels are areas."""
    scale = wanted / side
    corner = matrix[:, :2] @ np.full(2, 0.5) - 0.5
    shift = (matrix[:, 2] + corner) * scale - (matrix[:, :2] @ np.full(2, 0.5) - 0.5)
    return np.asarray(np.concatenate([matrix[:, :2], shift[:, None]], axis=1), dtype=np.float32)


def _scaled(picture: Float32Array, side: int) -> Float32Array:
    if len(picture) == side:
        return picture
    return np.asarray(cv2.resize(picture, (side, side), interpolation=cv2.INTER_AREA), dtype=np.float32)
