"""Neighbours: pictures whose embeddings are nearer than those of pictures that nobody copied ever are."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from assay.data.copies.clusters import clusters
from assay.data.copies.radius import MARGIN, RATE, SPARED
from assay.data.copies.search import Pairs
from assay.predictions import IntArray
from assay.progress import track

Float32Array = NDArray[np.float32]

MOST = 200_000
"""Pictures whose pairs are all compared; twice as many take four times as long."""
WIDE = 1 / MARGIN
"""Times the radius, which is how near pictures come that nobody copied: farther than that are no two of a cluster."""
CROWDED = 20
"""Pairs for each picture, beyond which pictures of a dataset are too alike for embeddings to tell copies."""
_BLOCK = 2048
_FLOAT = 1e-6


@dataclass(frozen=True, eq=False)
class Neighbourhoods:
    """Clusters of pictures with none around them.

    Attributes:
        radius: 1 - cosine within which two pictures are one.
        clusters: rows of each, ascending; all pairs of one are within `WIDE` radii.
        crowded: how many clusters were left out, because other pictures are nearly as near to them.
    """

    radius: float
    clusters: tuple[NDArray[np.intp], ...]
    crowded: int


def neighbourhoods(vectors: Float32Array, labels: IntArray) -> Neighbourhoods | None:
    """Which pictures are one by their embeddings; None where embeddings cannot tell.

    The radius is `MARGIN` times the distance within which `RATE` of pictures have one of another class, which nobody
    copied. Clusters are of complete linkage. Where other pictures are within `WIDE` radii of a member, the
    neighbourhood is one of look-alikes and no cluster of copies, which have nothing around them.

    Args:
        vectors: [N, D].
        labels: [N], at least two classes.
    """
    unit = vectors / np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-12)
    nearest = np.sort(_nearest_of_other_class(unit, labels))
    place = max(SPARED, int(RATE * len(unit)))
    if place >= len(nearest) or not np.isfinite(nearest[place]):
        return None
    radius = float(MARGIN * nearest[place])
    if radius <= _FLOAT:
        return None
    pairs = _pairs_within(unit, WIDE * radius)
    if pairs is None:
        return None
    leader = clusters(pairs, len(unit), radius)
    outside = leader[pairs.first] != leader[pairs.second]
    touched = {*leader[pairs.first[outside]].tolist(), *leader[pairs.second[outside]].tolist()}
    leaders, counts = np.unique(leader, return_counts=True)
    several = leaders[counts > 1].tolist()
    alone = [first for first in several if first not in touched]
    return Neighbourhoods(radius, tuple(np.flatnonzero(leader == first) for first in alone), len(several) - len(alone))


def _blocks(count: int) -> list[tuple[slice, slice]]:
    starts = range(0, count, _BLOCK)
    return [(slice(a, a + _BLOCK), slice(b, b + _BLOCK)) for a in starts for b in starts if a <= b]


def _nearest_of_other_class(unit: Float32Array, labels: IntArray) -> NDArray[np.float64]:
    """1 - cosine to the nearest picture of another class, float64 [N]; infinite without one. In bounded memory."""
    closest = np.full(len(unit), -np.inf, dtype=np.float32)
    for rows, columns in track(_blocks(len(unit)), "comparing embeddings", unit="blocks"):
        products = unit[rows] @ unit[columns].T
        products[labels[rows, None] == labels[None, columns]] = -np.inf
        closest[rows] = np.maximum(closest[rows], products.max(axis=1))
        closest[columns] = np.maximum(closest[columns], products.max(axis=0))
    return np.asarray(1 - closest, dtype=np.float64)


def _pairs_within(unit: Float32Array, reach: float) -> Pairs | None:
    """All pairs within a distance, each once; None where they are too many to mean anything."""
    parts: list[tuple[NDArray[np.intp], NDArray[np.intp], Float32Array]] = []
    left = CROWDED * len(unit)
    for rows, columns in track(_blocks(len(unit)), "looking for near embeddings", unit="blocks"):
        products = unit[rows] @ unit[columns].T
        first, second = np.nonzero(products >= 1 - reach)
        distances = np.maximum(1 - products[first, second], 0)
        first, second = first + rows.start, second + columns.start
        kept = first < second
        left -= int(kept.sum())
        if left < 0:
            return None
        parts.append((first[kept], second[kept], distances[kept]))
    first, second, distance = (np.concatenate([part[place] for part in parts]) for place in range(3))
    none = np.zeros(len(first), dtype=np.int8)
    return Pairs(first, second, distance, none, none, none.astype(bool))
