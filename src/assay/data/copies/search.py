"""Search: all pairs of pictures that look the same, whatever way one of them was turned or cut."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, fields
from functools import cache, partial

import numpy as np
from numpy.typing import NDArray

from assay.data.copies.faces import VIEWS, Faces
from assay.data.copies.parts import Arrays, SearchParts
from assay.data.copies.spectrum import KEPT, ORIENTATIONS, oriented
from assay.progress import track

Float32Array = NDArray[np.float32]

REACH, FAR, FARTHEST = 0.07, 0.15, 0.25
"""1 - correlation, beyond which nothing is looked at in a large dataset of look-alikes, in any other large one, and in
a small one: a JPEG of quality 20 of a solar cell is 0.006 to 0.04 from it, a photograph that was cut up to 0.1, a
quarter of one or one with a watermark up to 0.2, different photographs 0.3 and more."""
FEW = 10_000
"""Pictures of a small dataset, in which all orientations of all pairs are compared: far away, what does not depend on
the orientation tells few apart."""
_BLOCK = 2048, 4096
"""Rows and columns of a product that is in memory at once: a thread has enough to do, and the caches hold it."""
_PART = 1 << 30  # cells of a part, whose making a kill costs
_PAIRS = 1 << 14
_UPPER = np.triu_indices(KEPT, 1)
_COMPARED = 160


@dataclass(frozen=True, eq=False)
class Pairs:
    """Pairs of pictures, each once.

    Attributes:
        first: int [P], rows of the pictures.
        second: int [P], larger than `first`.
        distance: float32 [P], 1 - correlation in the orientation and view in which it is smallest.
        turn: int [P], that orientation, an index into `ORIENTATIONS`.
        view: int [P], that view, an index into `VIEWS`.
        of_first: bool [P], whether `first` was seen so and turned, and `second` is as it is; otherwise the other way.
    """

    first: NDArray[np.intp]
    second: NDArray[np.intp]
    distance: Float32Array
    turn: NDArray[np.int8]
    view: NDArray[np.int8]
    of_first: NDArray[np.bool_]

    def __len__(self) -> int:
        return len(self.first)

    def where(self, kept: NDArray[np.bool_] | NDArray[np.intp]) -> Pairs:
        """Some of them."""
        return Pairs(*(getattr(self, field.name)[kept] for field in fields(self)))


def near_pairs(faces: Faces, reach: float = REACH, parts: SearchParts | None = None) -> Pairs:
    """All pairs within `reach`, exactly: what is left out is farther in every orientation and view.

    The size of a coefficient and what stays the same when rows and columns are exchanged do not depend on the
    orientation, and two pictures are never farther apart in them than in the orientation that suits them best. So one
    product per view names the candidates of all eight, in bounded memory.

    Args:
        faces: N pictures.
        reach: the largest distance.
        parts: of the same search before; None keeps none.
    """
    plain, parts = faces.plain, parts or SearchParts()
    alike = _whatever_way(plain)
    order = np.argsort(-np.square(alike).mean(axis=0), kind="stable") if len(alike) else np.arange(KEPT * KEPT)
    shown = _Shown(plain, alike, _shortened(alike, order))
    step = _BLOCK[0] * max(1, _PART // max(len(plain), 1) // _BLOCK[0])
    best: list[Pairs] = []
    for index, view in enumerate(track(VIEWS, "looking for copies", unit="views")):
        seen = cache(partial(_seen_so, faces, view, order))  # not needed where all its parts are kept
        for start in range(0, max(len(plain), 1), step):
            find = _within_any_way if reach > REACH and len(plain) <= FEW else _within
            look = partial(find, shown, seen, slice(start, start + step), index, reach)
            best.append(Pairs(**parts.part(f"view{index:02}-{start:09}", look)))
    joined = Pairs(*(np.concatenate([getattr(part, field.name) for part in best]) for field in fields(Pairs)))
    ascending = joined.where(np.lexsort((joined.distance, joined.second, joined.first)))
    keys = ascending.first.astype(np.int64) * max(len(plain), 1) + ascending.second
    return ascending.where(np.unique(keys, return_index=True)[1])


@dataclass(frozen=True, eq=False)
class _Shown:
    """Pictures in a view: `vectors` [N, 256]; `alike` [N, 256], whatever the orientation; `few` [N, 161] of these."""

    vectors: Float32Array
    alike: Float32Array
    few: Float32Array


def _seen_so(faces: Faces, view: tuple[float, int, int], order: NDArray[np.intp]) -> _Shown:
    vectors = faces.seen(*view)
    alike = _whatever_way(vectors)
    return _Shown(vectors, alike, _shortened(alike, order))


def _within(shown: _Shown, seen: Callable[[], _Shown], rows: slice, view: int, reach: float) -> Arrays:
    """Pairs of some pictures as they are and any in a view."""
    other, count = seen(), len(shown.few)
    mine, theirs = [np.zeros(0, np.intp)], [np.zeros(0, np.intp)]
    for top in range(rows.start, min(rows.stop, count), _BLOCK[0]):
        high = shown.few[top : top + _BLOCK[0]]
        # A view of the first part alone: a picture as it is was compared with those before it already.
        for left in range(top if view == 0 else 0, count, _BLOCK[1]):
            first, second = np.nonzero(high @ other.few[left : left + _BLOCK[1]].T >= 1 - reach)
            first, second = first + top, second + left
            different = first < second if view == 0 else first != second
            for near in _still_near(shown, other, first[different], second[different], reach):
                mine.append(near[0])
                theirs.append(near[1])
    pairs = _verified(shown.vectors, other.vectors, np.concatenate(mine), np.concatenate(theirs), view, reach)
    return {field.name: getattr(pairs, field.name) for field in fields(Pairs)}


def _within_any_way(shown: _Shown, seen: Callable[[], _Shown], rows: slice, view: int, reach: float) -> Arrays:
    """What `_within` gives, by the products of every orientation."""
    other, parts = seen().vectors, []
    turned = [oriented(other, turn) for turn in range(len(ORIENTATIONS))]
    for top in range(rows.start, min(rows.stop, len(other)), _BLOCK[0]):
        mine = shown.vectors[top : top + _BLOCK[0]]
        best, turn = mine @ turned[0].T, np.zeros((len(mine), len(other)), np.int8)
        for index in range(1, len(turned)):
            closeness = mine @ turned[index].T
            turn[closeness > best] = index
            np.maximum(best, closeness, out=best)
        first, second = np.nonzero(best >= 1 - reach)
        distance, turns = (1 - best[first, second]).astype(np.float32), turn[first, second]
        first = first + top
        kept = first < second if view == 0 else first != second
        first, second = first[kept], second[kept]
        views = np.full(len(first), view, dtype=np.int8)
        low, high = np.minimum(first, second), np.maximum(first, second)
        parts.append(Pairs(low, high, distance[kept], turns[kept], views, second < first))
    return {field.name: np.concatenate([getattr(part, field.name) for part in parts]) for field in fields(Pairs)}


def _still_near(
    shown: _Shown, other: _Shown, first: NDArray[np.intp], second: NDArray[np.intp], reach: float
) -> Iterator[tuple[NDArray[np.intp], NDArray[np.intp]]]:
    """Candidates that are near by all coefficients, of those that are by few."""
    for start in range(0, len(first), _PAIRS):
        mine, theirs = first[start : start + _PAIRS], second[start : start + _PAIRS]
        near = np.einsum("nk,nk->n", shown.alike[mine], other.alike[theirs]) >= 1 - reach
        yield mine[near], theirs[near]


def _verified(
    plain: Float32Array,
    other: Float32Array,
    rows: NDArray[np.intp],
    columns: NDArray[np.intp],
    view: int,
    reach: float,
) -> Pairs:
    """The candidates that are within reach: `rows` as they are, `columns` as they are seen in a view."""
    parts = []
    for start in range(0, max(len(rows), 1), _PAIRS):
        mine, theirs = rows[start : start + _PAIRS], columns[start : start + _PAIRS]
        shown, seen = plain[mine], other[theirs]
        closeness = np.stack([np.einsum("nk,nk->n", shown, oriented(seen, turn)) for turn in range(len(ORIENTATIONS))])
        best = closeness.argmax(axis=0)
        distance = (1 - closeness.max(axis=0)).astype(np.float32)
        near = distance <= reach
        low, high = np.minimum(mine, theirs), np.maximum(mine, theirs)
        views = np.full(len(mine), view, dtype=np.int8)
        parts.append(Pairs(low, high, distance, best.astype(np.int8), views, theirs < mine).where(near))
    return Pairs(*(np.concatenate([getattr(part, field.name) for part in parts]) for field in fields(Pairs)))


def _whatever_way(vectors: Float32Array) -> Float32Array:
    """[N, 256] of the same lengths, equal for all orientations of a picture."""
    size = np.abs(vectors).reshape(-1, KEPT, KEPT)
    above, below = size[:, _UPPER[0], _UPPER[1]], size[:, _UPPER[1], _UPPER[0]]
    diagonal = size[:, np.arange(KEPT), np.arange(KEPT)]
    parts = [diagonal, (above + below) / np.sqrt(2), np.abs(above - below) / np.sqrt(2)]
    return np.concatenate(parts, axis=1).astype(np.float32)


def _shortened(vectors: Float32Array, order: NDArray[np.intp]) -> Float32Array:
    """[N, 161], whose products are never smaller than those of the vectors [N, 256]: the rest is of one direction."""
    kept, rest = vectors[:, order[:_COMPARED]], vectors[:, order[_COMPARED:]]
    length = np.linalg.norm(rest, axis=1, keepdims=True)
    return np.ascontiguousarray(np.concatenate([kept, length], axis=1), dtype=np.float32)
