"""Tiles: whether two pictures are one, by the fine detail of most of their parts, whatever stands on the others."""

from __future__ import annotations

import math
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from assay.data.copies.faces import VIEWS

Float32Array = NDArray[np.float32]

NO_DETAIL = -1.0
SIDE = 280
"""Of what is compared: at 160 pixels a picture that was cut by a tenth differs from itself by where its pixels begin,
more than two solar cells of neighbouring wafers do, which share their crystals."""
SMALLEST = 40
"""Side below which a picture has no detail besides its shapes, which different pictures share."""
_TILES, _TILE = 8, 6  # along a side, and pixels that one has at least
_FINE, _COARSE = 1 / 150, 1 / 60  # of a side: what is finer is noise, what is coarser is light and shape
_LEAST_DETAIL = 0.7  # grey levels by which a tile has to vary
_SMOOTHED = 0.2  # grey levels: a tile that compression made even has no more than noise
_ALIKE = 0.35  # correlation from which on a tile says where it lies in the other picture
_PLACED = 5  # tiles that do, without which nothing can be laid upon the other
_FAR, _NEAR = 0.045, 0.0125  # of a side, how far tiles are looked for, at first and once more
_MOST_CHANGE = 0.3  # of the area, by which laying one upon the other may scale it
_LEAST_SHOWN = 6  # tiles that both show


def tile_likeness(picture: NDArray[np.uint8], other: NDArray[np.uint8], turn: int, view: int) -> float:
    """Median correlation of the fine detail of tiles, -1 to 1, once one picture is laid upon the other.

    What objects of one kind share, outlines, bars and light, is coarse or lies in few tiles; what is finer is of each
    picture alone. A watermark or a corner that is missing spoils its own tiles and not the median. Tiles of one picture
    are looked for in the other, and the affine map that most of them agree on lays it there.

    Args:
        picture: grey, [S, S], as it is.
        other: grey, [R, R], whose `view`, a place in `VIEWS`, turned by `turn`, a place in `ORIENTATIONS`, looks like
            the picture.
        turn: see `other`.
        view: see `other`.

    Returns:
        `NO_DETAIL` where pictures are smaller than `SMALLEST`, or too little detail is left to tell.
    """
    if min(len(picture), len(other) / VIEWS[view][0]) < SMALLEST:
        return NO_DETAIL
    shown, whole, matrix = _laid(picture, other, turn, view)
    detail = _detail(shown)
    for reach in (_FAR, _NEAR):
        moved = _warped(whole, matrix, len(shown))[0]
        step = _displacement(detail, _detail(moved), max(2, round(reach * len(shown))))
        if step is None:
            break
        matrix = (np.vstack([matrix, [0, 0, 1]]) @ np.vstack([step, [0, 0, 1]]))[:2]
    moved, seen = _warped(whole, matrix, len(shown))
    return _median_of_tiles(detail, _detail(moved), seen)


def _laid(
    picture: NDArray[np.uint8], other: NDArray[np.uint8], turn: int, view: int
) -> tuple[Float32Array, Float32Array, NDArray[np.float64]]:
    """Both pictures to the same scale, and the map [2, 3] from places in one to places in the other, turned."""
    zoom, x, y = VIEWS[view]
    side = int(min(SIDE, len(picture), len(other) / zoom))
    whole = _scaled(other, round(side * zoom))
    if turn & 4:
        whole, x, y = whole.T, y, x
    if turn & 2:
        whole, y = whole[::-1], -y
    if turn & 1:
        whole, x = whole[:, ::-1], -x
    rest = (len(whole) - side) / 2
    matrix = np.array([[1, 0, rest * (1 + x)], [0, 1, rest * (1 + y)]], dtype=np.float64)
    return _scaled(picture, side), np.ascontiguousarray(whole), matrix


def _scaled(picture: NDArray[np.uint8], side: int) -> Float32Array:
    shown = picture.astype(np.float32)
    if len(picture) == side:
        return shown
    way = cv2.INTER_AREA if side < len(picture) else cv2.INTER_CUBIC
    return np.asarray(cv2.resize(shown, (side, side), interpolation=way), dtype=np.float32)


def _detail(picture: Float32Array) -> Float32Array:
    side = len(picture)
    fine, coarse = (cv2.GaussianBlur(picture, (0, 0), part * side) for part in (_FINE, _COARSE))
    return np.asarray(fine - coarse, dtype=np.float32)


def _warped(whole: Float32Array, matrix: NDArray[np.float64], side: int) -> tuple[Float32Array, NDArray[np.bool_]]:
    """The other picture laid upon the first, and where it has pixels."""
    way = cv2.INTER_CUBIC | cv2.WARP_INVERSE_MAP
    moved = cv2.warpAffine(whole, matrix, (side, side), flags=way, borderMode=cv2.BORDER_REFLECT)
    inside = cv2.warpAffine(np.ones_like(whole), matrix, (side, side), flags=cv2.WARP_INVERSE_MAP)
    return np.asarray(moved, dtype=np.float32), np.asarray(inside > 0.99)


def _tiles(picture: NDArray[Any]) -> NDArray[Any]:
    """A picture's tiles, [T, pixels of one], row by row; what is left at its right and lower edge is of none."""
    tile = max(_TILE, len(picture) // _TILES)
    along = len(picture) // tile
    cut = picture[: along * tile, : along * tile].reshape(along, tile, along, tile)
    return cut.swapaxes(1, 2).reshape(along * along, tile * tile)


def _displacement(detail: Float32Array, moved: Float32Array, reach: int) -> NDArray[np.float64] | None:
    """The affine map [2, 3] from places in the first to the same ones in the second; None where tiles do not agree."""
    side = len(detail)
    sources, targets = [], []
    tiles = _tiles(detail)
    tile, along = math.isqrt(tiles.shape[1]), math.isqrt(len(tiles))
    for row in np.flatnonzero(tiles.std(axis=1) >= _LEAST_DETAIL).tolist():
        y, x = row // along * tile, row % along * tile
        mine = detail[y : y + tile, x : x + tile]
        top, left = max(0, y - reach), max(0, x - reach)
        around = moved[top : y + tile + reach, left : x + tile + reach]
        alike = cv2.matchTemplate(around, mine, cv2.TM_CCOEFF_NORMED)
        _, best, _, (column, down) = cv2.minMaxLoc(alike)
        if best < _ALIKE:
            continue
        centre = (tile - 1) / 2
        sources.append((x + centre, y + centre))
        column_there, row_there = (
            column + _between(alike[down].tolist(), column),
            down + _between(alike[:, column].tolist(), down),
        )
        targets.append((left + column_there + centre, top + row_there + centre))
    if len(sources) < _PLACED:
        return None
    matrix, _ = cv2.estimateAffine2D(
        np.array(sources, dtype=np.float32),
        np.array(targets, dtype=np.float32),
        method=cv2.RANSAC,
        ransacReprojThreshold=max(0.7, side / SIDE),
    )
    if matrix is None or abs(float(np.linalg.det(matrix[:, :2])) - 1) > _MOST_CHANGE:
        return None
    return np.asarray(matrix, dtype=np.float64)


def _between(values: list[float], place: int) -> float:
    """How far from the largest value the top of the parabola is through it and its neighbours."""
    if not 0 < place < len(values) - 1:
        return 0.0
    before, top, after = values[place - 1 : place + 2]
    bend = before - 2 * top + after
    return 0.5 * (before - after) / bend if bend < 0 else 0.0


def _median_of_tiles(detail: Float32Array, moved: Float32Array, seen: NDArray[np.bool_]) -> float:
    mine, theirs = _tiles(detail), _tiles(moved)
    spreads = mine.std(axis=1), theirs.std(axis=1)
    detailed = _tiles(seen).all(axis=1) & (np.maximum(*spreads) >= _LEAST_DETAIL)
    if int(detailed.sum()) < _LEAST_SHOWN:
        return NO_DETAIL
    mine, theirs = (part - part.mean(axis=1, keepdims=True) for part in (mine[detailed], theirs[detailed]))
    products = (mine * theirs).mean(axis=1)
    return float(np.median(products / np.prod([np.maximum(spread[detailed], _SMOOTHED) for spread in spreads], axis=0)))
