"""Search: all pairs of pictures that look the same, whatever way one of them was turned or cut."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from assay.data.copies.faces import VIEWS, Faces
from assay.data.copies.spectrum import KEPT, ORIENTATIONS, oriented
from assay.progress import track

Float32Array = NDArray[np.float32]

REACH = 0.07
"""1 - correlation, beyond which nothing is a copy in any dataset: a JPEG of quality 20 of a solar cell is 0.006 to 0.04
from it, photographs of different things are 0.3 apart and more."""
_CELLS = 1 << 24  # of a product in memory at once
_PAIRS = 1 << 14
_UPPER = np.triu_indices(KEPT, 1)


@dataclass(frozen=True, eq=False)
class Pairs:
    """Pairs of pictures, each once.

    Attributes:
        first: int [P], rows of the pictures.
        second: int [P], larger than `first`.
        distance: float32 [P], 1 - correlation in the orientation and view in which it is smallest.
    """

    first: NDArray[np.intp]
    second: NDArray[np.intp]
    distance: Float32Array

    def __len__(self) -> int:
        return len(self.first)

    def where(self, kept: NDArray[np.bool_]) -> Pairs:
        """Some of them."""
        return Pairs(self.first[kept], self.second[kept], self.distance[kept])


def near_pairs(faces: Faces, reach: float = REACH) -> Pairs:
    """All pairs within `reach`, exactly: what is left out is farther in every orientation and view.

    The size of a coefficient and what stays the same when rows and columns are exchanged do not depend on the
    orientation, and two pictures are never farther apart in them than in the orientation that suits them best. So one
    product per view names the candidates of all eight, in bounded memory.

    Args:
        faces: N pictures.
        reach: the largest distance.
    """
    plain = faces.plain
    alike = _whatever_way(plain)
    best: list[tuple[NDArray[np.int64], Float32Array]] = []
    for view in track(VIEWS, "looking for copies", unit="views"):
        other = faces.seen(*view)
        turned = _whatever_way(other)
        turns = [oriented(other, turn) for turn in range(len(ORIENTATIONS))]
        step = max(1, _CELLS // max(len(plain), 1))
        for start in range(0, len(plain), step):
            near = alike[start : start + step] @ turned.T >= 1 - reach
            rows, columns = np.nonzero(near)
            rows = rows + start
            different = rows < columns if view is VIEWS[0] else rows != columns
            best.append(_verified(plain, turns, rows[different], columns[different], reach))
    keys = np.concatenate([keys for keys, _ in best])
    distances = np.concatenate([distances for _, distances in best])
    order = np.lexsort((distances, keys))
    unique, places = np.unique(keys[order], return_index=True)
    first, second = np.divmod(unique, max(len(plain), 1))
    return Pairs(first.astype(np.intp), second.astype(np.intp), distances[order][places])


def _verified(
    plain: Float32Array, turns: list[Float32Array], rows: NDArray[np.intp], columns: NDArray[np.intp], reach: float
) -> tuple[NDArray[np.int64], Float32Array]:
    """Keys `smaller row · N + larger row` and distances of the candidates that are within reach."""
    kept: list[NDArray[np.int64]] = [np.zeros(0, np.int64)]
    values: list[Float32Array] = [np.zeros(0, np.float32)]
    for start in range(0, len(rows), _PAIRS):
        mine, theirs = rows[start : start + _PAIRS], columns[start : start + _PAIRS]
        shown = plain[mine]
        closeness = np.max([np.einsum("nk,nk->n", shown, turned[theirs]) for turned in turns], axis=0)
        near = closeness >= 1 - reach
        low, high = np.minimum(mine, theirs)[near], np.maximum(mine, theirs)[near]
        kept.append(low.astype(np.int64) * len(plain) + high)
        values.append((1 - closeness[near]).astype(np.float32))
    return np.concatenate(kept), np.concatenate(values)


def _whatever_way(vectors: Float32Array) -> Float32Array:
    """[N, 256] of the same lengths, equal for all orientations of a picture."""
    size = np.abs(vectors).reshape(-1, KEPT, KEPT)
    above, below = size[:, _UPPER[0], _UPPER[1]], size[:, _UPPER[1], _UPPER[0]]
    diagonal = size[:, np.arange(KEPT), np.arange(KEPT)]
    parts = [diagonal, (above + below) / np.sqrt(2), np.abs(above - below) / np.sqrt(2)]
    return np.concatenate(parts, axis=1).astype(np.float32)
