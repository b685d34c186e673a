"""Near embeddings: all pairs of embeddings within a distance, exactly, by blocked products of a few directions."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from assay.data.copies.search import Pairs
from assay.predictions import IntArray
from assay.progress import track

Float32Array = NDArray[np.float32]

_BLOCK = 2048
_KEPT = 128
"""Directions that are compared first, those of the largest spread: what is far apart in these is far apart."""
_SAMPLE = 4096  # embeddings that directions are taken from, and that are compared with all to know what is near
_MANY = 1 / 64  # of a block, beyond which comparing it whole takes less
_PIECE = 1 << 13
_ROUNDING = 1e-5  # of products of float32


@dataclass(frozen=True, eq=False)
class NearEmbeddings:
    """Unit vectors with what of them is compared first.

    Two vectors are at least as far apart as their `_KEPT` directions and the lengths of what is left. So products of
    few directions leave a few pairs, and only of these all dimensions are compared; where they leave too many, blocks
    are compared whole.

    Attributes:
        unit: float32 [N, D].
        shown: float32 [N, 129], their products are never below those of `unit`.
    """

    unit: Float32Array
    shown: Float32Array

    @classmethod
    def of(cls, vectors: Float32Array) -> NearEmbeddings:
        """Of embeddings [N, D] of any length."""
        lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
        unit = np.asarray(vectors / np.maximum(lengths, 1e-12), dtype=np.float32)
        if unit.shape[1] <= 2 * _KEPT:
            return cls(unit, unit)
        sample = unit[_drawn(len(unit))]
        directions = np.linalg.eigh(sample.T.astype(np.float64) @ sample)[1][:, ::-1][:, :_KEPT].astype(np.float32)
        first = unit @ directions
        rest = np.sqrt(np.maximum(np.square(np.linalg.norm(unit, axis=1)) - np.square(first).sum(axis=1), 0))
        return cls(unit, np.concatenate([first, rest[:, None]], axis=1, dtype=np.float32))

    def nearest_of_other_class(self, labels: IntArray, place: int) -> NDArray[np.float64]:
        """1 - cosine to the nearest vector of another class, float64 [N], right for the `place` + 1 nearest ones.

        Of the others it is at least as much as the last of these, and infinite where nothing nearer was met.

        Args:
            labels: [N].
            place: in ascending order, up to which they are asked for.
        """
        closest = np.full(len(self.unit), np.inf)
        for start in range(0, min(len(self.unit), _SAMPLE), _BLOCK):
            self._note_sample(_drawn(len(self.unit))[start : start + _BLOCK], labels, closest)
        for rows, columns in self._blocks("comparing embeddings"):
            limit = float(np.partition(closest, place)[place]) if place < len(closest) else np.inf
            first, second, distance = self._near(rows, columns, min(limit, 2.0))
            other = labels[first] != labels[second]
            np.minimum.at(closest, first[other], distance[other])
            np.minimum.at(closest, second[other], distance[other])
        return closest

    def pairs_within(self, reach: float, most: int) -> Pairs | None:
        """All pairs within a distance, each once; None where there are more than `most`."""
        parts: list[tuple[NDArray[np.intp], NDArray[np.intp], Float32Array]] = []
        left = most
        for rows, columns in self._blocks("looking for near embeddings"):
            pairs = self._near(rows, columns, reach)
            left -= len(pairs[0])
            if left < 0:
                return None
            parts.append(pairs)
        first, second, distance = (np.concatenate([part[place] for part in parts]) for place in range(3))
        none = np.zeros(len(first), dtype=np.int8)
        return Pairs(first, second, distance, none, none, none.astype(bool))

    def _blocks(self, what: str) -> Iterator[tuple[slice, slice]]:
        starts = range(0, len(self.unit), _BLOCK)
        pairs = [(slice(a, a + _BLOCK), slice(b, b + _BLOCK)) for a in starts for b in starts if a <= b]
        yield from track(pairs, what, unit="blocks")

    def _note_sample(self, sample: NDArray[np.intp], labels: IntArray, closest: NDArray[np.float64]) -> None:
        for start in range(0, len(self.unit), _BLOCK):
            products = self.unit[sample] @ self.unit[start : start + _BLOCK].T
            products[labels[sample, None] == labels[None, start : start + _BLOCK]] = -np.inf
            distance = np.maximum(1 - products, 0)
            closest[sample] = np.minimum(closest[sample], distance.min(axis=1))
            closest[start : start + _BLOCK] = np.minimum(closest[start : start + _BLOCK], distance.min(axis=0))

    def _near(
        self, rows: slice, columns: slice, reach: float
    ) -> tuple[NDArray[np.intp], NDArray[np.intp], Float32Array]:
        """Pairs of two blocks within a distance, each once, the smaller row first."""
        near = self.shown[rows] @ self.shown[columns].T >= 1 - reach - _ROUNDING
        if np.count_nonzero(near) > _MANY * near.size:
            products = self.unit[rows] @ self.unit[columns].T
            first, second = np.nonzero(products >= 1 - reach)
            distance = 1 - products[first, second]
            first, second = first + rows.start, second + columns.start
        else:
            first, second = np.nonzero(near)
            first, second = first + rows.start, second + columns.start
            distance = 1 - self._products(first, second)
        kept = (first < second) & (distance <= reach)
        return first[kept], second[kept], np.maximum(distance[kept], 0)

    def _products(self, first: NDArray[np.intp], second: NDArray[np.intp]) -> Float32Array:
        pieces = [slice(start, start + _PIECE) for start in range(0, len(first), _PIECE)]
        dots = [np.einsum("nd,nd->n", self.unit[first[piece]], self.unit[second[piece]]) for piece in pieces]
        return np.concatenate([np.zeros(0, np.float32), *dots])


def _drawn(count: int) -> NDArray[np.intp]:
    return np.random.default_rng(0).permutation(count)[:_SAMPLE]
