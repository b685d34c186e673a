"""Radius: from where on two pictures of a dataset are copies, read from pictures that nobody copied."""

from __future__ import annotations

from collections.abc import Callable, Iterable

import numpy as np
from numpy.typing import NDArray

from assay.data.copies.search import REACH, Pairs

RATE = 0.001
"""Share of pictures whose nearest picture of another class may be nearer than what the radius is read from."""
SPARED = 2
"""Pictures that may be so in any case: one picture that is in two classes by mistake is a pair of them."""
MARGIN = 0.6
SAME = 0.001
"""Within which two pictures are the same one, whatever their classes."""
ALIKE = 0.9985
"""Likeness from which on two pictures are the same one in any dataset: solar cells cut from one block reach 0.9979."""
LEAST, LEAST_OF_FEW, FEW = 0.98, 0.99, 500
"""Likeness that is asked for in any dataset, and in one with too few pictures to know how alike they come by chance."""
_LOOKED_AT = 40
NARROW = 0.006
"""Radius among look-alikes: solar cells saved with less quality, scaled or lightened lie within, two discs that were
drawn at one place 0.007 apart."""
_SAMPLE = 2000
_BY_CHANCE = 0.1


def full_of_look_alikes(vectors: NDArray[np.float32]) -> bool:
    """Whether pictures come within `REACH` of each other by chance, so that only their pixels can tell.

    Where nobody copied, pairs get more with the distance: within r there are at most half as many as between r and 3 r.
    Copies have none around them. So the pairs from `REACH` to three times that tell how many within it are chance.

    Args:
        vectors: float32 [N, D], of length 1.
    """
    rows = np.random.default_rng(0).permutation(len(vectors))[:_SAMPLE]
    inside = around = 0
    for start in range(0, len(rows), 100):
        closeness = vectors[rows[start : start + 100]] @ vectors.T
        near = int((closeness >= 1 - REACH).sum())
        inside += near
        around += int((closeness >= 1 - 3 * REACH).sum()) - near
    inside -= len(rows)
    return around / 2 > max(_BY_CHANCE * inside, 0.01 * len(rows))


def radius(pairs: Pairs, labels: NDArray[np.integer]) -> float:
    """The largest distance at which a pair may be copies.

    Pictures of different classes are no copies of each other, a few mistakes apart. How near the nearest of them come
    is how near pictures of the dataset come by chance, or because its objects are alike: of those distances the
    quantile `RATE` is taken, times `MARGIN`, since pictures of one class are nearer to each other.

    Args:
        pairs: all pairs within `REACH`.
        labels: [N] of the pictures; -1 is no class.
    """
    other = _of_two_classes(pairs, labels)
    nearest = np.full(len(labels), REACH / MARGIN)
    np.minimum.at(nearest, pairs.first[other], pairs.distance[other])
    np.minimum.at(nearest, pairs.second[other], pairs.distance[other])
    place = max(SPARED, int(RATE * len(labels)))
    by_chance = float(np.sort(nearest)[place]) if place < len(labels) else REACH / MARGIN
    return float(max(SAME, min(REACH, MARGIN * by_chance)))


def bound(
    pairs: Pairs, labels: NDArray[np.integer], likeness: Callable[[Iterable[int]], NDArray[np.floating]]
) -> float:
    """The likeness that copies have to reach: more than the most alike pictures of different classes do.

    Args:
        pairs: all pairs within `REACH`.
        labels: [N] of the pictures; -1 is no class.
        likeness: of pairs, by their places.
    """
    least = LEAST if len(labels) >= FEW else LEAST_OF_FEW
    places = np.flatnonzero(_of_two_classes(pairs, labels))
    nearest = places[np.argsort(pairs.distance[places], kind="stable")][:_LOOKED_AT]
    seen = likeness(nearest.tolist())
    seen = seen[seen < ALIKE]  # what is more alike is one picture under two labels
    return float(min(ALIKE, max(least, 1 - (1 - seen.max()) * 0.8))) if len(seen) else least


def _of_two_classes(pairs: Pairs, labels: NDArray[np.integer]) -> NDArray[np.bool_]:
    a, b = labels[pairs.first], labels[pairs.second]
    return np.asarray((a != b) & (a >= 0) & (b >= 0) & (pairs.distance > SAME))
