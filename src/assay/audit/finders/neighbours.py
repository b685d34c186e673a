"""Neighbours: pictures whose embeddings are nearer than those of pictures that nobody copied ever are."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from assay.audit.finders.near_embeddings import NearEmbeddings
from assay.data.copies.clusters import clusters
from assay.data.copies.radius import MARGIN, RATE, SPARED
from assay.predictions import IntArray

Float32Array = NDArray[np.float32]

WIDE = 1 / MARGIN
"""Times the radius, which is how near pictures come that nobody copied: farther than that are no two of a cluster."""
CROWDED = 20
"""Pairs for each picture, beyond which pictures of a dataset are too alike for embeddings to tell copies."""
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
    place = max(SPARED, int(RATE * len(vectors)))
    if place >= len(vectors):
        return None
    near = NearEmbeddings.of(vectors)
    nearest = np.sort(near.nearest_of_other_class(labels, place))
    if not np.isfinite(nearest[place]):
        return None
    radius = float(MARGIN * nearest[place])
    if radius <= _FLOAT:
        return None
    pairs = near.pairs_within(WIDE * radius, CROWDED * len(vectors))
    if pairs is None:
        return None
    leader = clusters(pairs, len(vectors), radius)
    outside = leader[pairs.first] != leader[pairs.second]
    touched = {*leader[pairs.first[outside]].tolist(), *leader[pairs.second[outside]].tolist()}
    leaders, counts = np.unique(leader, return_counts=True)
    several = leaders[counts > 1].tolist()
    alone = [first for first in several if first not in touched]
    return Neighbourhoods(radius, tuple(np.flatnonzero(leader == first) for first in alone), len(several) - len(alone))
