"""Radius: from where on two pictures of a dataset are copies, read from pictures that nobody copied."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from assay.data.copies.search import FAR, REACH, Pairs

RATE = 0.001
"""Share of pictures whose nearest picture of another class may be nearer than what the radius is read from."""
SPARED = 2
"""Pictures that may be so in any case: one picture that is in two classes by mistake is a pair of them."""
MARGIN = 0.6
SAME = 0.001
"""Within which two pictures are the same one, whatever their classes."""
ALIKE = 0.9985
"""Likeness of the same picture among look-alikes, where nothing tells how alike different ones of them come."""
NARROW = 0.002
"""Radius there: solar cells saved with less quality, scaled or lightened lie within."""
LEAST, LEAST_OF_FEW, FEW = 0.975, 0.98, 500
"""Likeness that is asked for in any dataset, and in one with too few pictures to know how alike they come by chance."""
MOST = 0.9995
"""Likeness that no more is asked than: what is above is one picture under two labels."""
NEARER = 0.65
"""Of the distance between the most alike pictures of different classes, within which two are the same one."""
LOOKED_AT, ENOUGH = 100, 20
"""Pairs of different classes that the bound is read from, and how many are needed among look-alikes."""
_SAMPLE = 2000
_BY_CHANCE = 0.1


def full_of_look_alikes(vectors: NDArray[np.float32], sets: NDArray[np.integer] | None = None) -> bool:
    """Whether pictures come within `REACH` of each other by chance, so that only their pixels can tell.

    Where nobody copied, pairs get more with the distance: within r there are at most half as many as between r and 3 r.
    Copies have none around them. So the pairs from `REACH` to three times that tell how many within it are chance.

    Args:
        vectors: float32 [N, D], of length 1.
        sets: [N], to which of two sets a picture belongs, since copies are between them; None for one.
    """
    rows = np.random.default_rng(0).permutation(len(vectors))[:_SAMPLE]
    inside = around = 0
    for start in range(0, len(rows), 100):
        part = rows[start : start + 100]
        closeness = vectors[part] @ vectors.T
        if sets is not None:
            closeness[sets[part, None] != sets[None]] = 0
        near = int((closeness >= 1 - REACH).sum())
        inside += near
        around += int((closeness >= 1 - 3 * REACH).sum()) - near
    inside -= len(rows)
    return around / 2 > max(_BY_CHANCE * inside, 0.01 * len(rows))


def unrelated(pairs: Pairs, labels: NDArray[np.integer], sets: NDArray[np.integer] | None = None) -> NDArray[np.bool_]:
    """Which pairs nobody copied, a few mistakes apart: those of different classes, within one set where there are two.

    Args:
        pairs: P pairs of N pictures.
        labels: [N] of the pictures; -1 is no class.
        sets: [N], to which of two sets a picture belongs; None for one.
    """
    a, b = labels[pairs.first], labels[pairs.second]
    other = (a != b) & (a >= 0) & (b >= 0) & (pairs.distance > SAME)
    if sets is not None:
        other &= sets[pairs.first] == sets[pairs.second]
    return np.asarray(other)


def radius(pairs: Pairs, other: NDArray[np.bool_], count: int) -> float:
    """The largest distance at which a pair may be copies.

    How near the nearest pictures of different classes come is how near pictures of the dataset come by chance, or
    because its objects are alike: of those distances the quantile `RATE` is taken, times `MARGIN`, since pictures of
    one class are nearer to each other.

    Args:
        pairs: all pairs within `FAR`.
        other: which of them nobody copied, see `unrelated`.
        count: N pictures.
    """
    nearest = np.full(count, FAR / MARGIN)
    np.minimum.at(nearest, pairs.first[other], pairs.distance[other])
    np.minimum.at(nearest, pairs.second[other], pairs.distance[other])
    place = max(SPARED, int(RATE * count))
    by_chance = float(np.sort(nearest)[place]) if place < count else FAR / MARGIN
    return float(max(SAME, min(FAR, MARGIN * by_chance)))


def bound(likenesses: NDArray[np.floating], count: int) -> float:
    """The likeness that copies have to reach: more than the most alike pictures that nobody copied do.

    Args:
        likenesses: of the `LOOKED_AT` nearest pairs that nobody copied, or fewer.
        count: N pictures.
    """
    least = LEAST if count >= FEW else LEAST_OF_FEW
    seen = np.sort(likenesses[likenesses < MOST])
    if len(seen) >= ENOUGH:
        seen = seen[:-SPARED]
    nearer = 1 - (1 - float(seen[-1])) * NEARER if len(seen) else least
    return min(MOST, max(least, nearer))
