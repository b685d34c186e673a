"""Radius: from where on two pictures of a dataset are copies, read from pictures that nobody copied."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from assay.data.copies.search import FAR, FARTHEST, REACH, Pairs
from assay.data.copies.search import FEW as FEW_PICTURES

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
MOST_DETAIL, DETAIL_NEARER, DETAIL_LOST = 0.997, 0.5, 0.35
_CROWD = 2.0  # others of a picture within a distance, from which on that one is too far to look
DETAIL_NEAR, DETAIL_BY_DISTANCE, DETAIL_MOST = 0.55, 2.0, 0.9
"""Correlation of fine detail that is asked of the nearest pairs, how much more with the distance, and the most: pieces
of one brick wall reach 0.8 at a distance of 0.2 and more."""


def full_of_look_alikes(vectors: NDArray[np.float32], sets: NDArray[np.integer] | None = None) -> bool:
    """Whether pictures come within `REACH` of each other by chance, so that only their pixels can tell.

    Where nobody copied, pairs get more with the distance: within r there are at most half as many as between r and 3 r.
    Copies have none around them. So the pairs from `REACH` to three times that tell how many within it are chance.

    Args:
        vectors: float32 [N, D], of length 1.
        sets: [N], to which of two sets a picture belongs, since copies are between them; None for one.
    """
    inside, around = _near_each(vectors, (REACH, 3 * REACH), sets)
    return bool((around - inside) / 2 > max(_BY_CHANCE * inside, 0.01))


def reach_of(vectors: NDArray[np.float32], alike: bool, sets: NDArray[np.integer] | None = None) -> float:
    """How far is looked: farther in a small dataset, as long as pictures have few others within that distance.

    Args:
        vectors: float32 [N, D], of length 1.
        alike: whether the dataset is full of look-alikes.
        sets: see `full_of_look_alikes`.
    """
    near = REACH if alike else FAR
    if len(vectors) > FEW_PICTURES:
        return near
    each = _near_each(vectors, (FAR, FARTHEST), sets)
    return max([near, *(distance for distance, count in zip((FAR, FARTHEST), each, strict=True) if count <= _CROWD)])


def _near_each(
    vectors: NDArray[np.float32], distances: tuple[float, ...], sets: NDArray[np.integer] | None
) -> NDArray[np.float64]:
    """How many others a picture has within each distance, as it is, in the mean over some of them."""
    rows = np.random.default_rng(0).permutation(len(vectors))[:_SAMPLE]
    counts = np.zeros(len(distances))
    for start in range(0, len(rows), 100):
        part = rows[start : start + 100]
        closeness = vectors[part] @ vectors.T
        closeness[np.arange(len(part)), part] = -1
        if sets is not None:
            closeness[sets[part, None] != sets[None]] = -1
        counts += [float((closeness >= 1 - distance).sum()) for distance in distances]
    return counts / max(len(rows), 1)


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


def detail_bound(distances: NDArray[np.floating], unrelated_detail: NDArray[np.floating]) -> NDArray[np.float64]:
    """The correlation of fine detail that each pair has to reach to be one picture, float64 [P].

    Args:
        distances: [P] of the pairs.
        unrelated_detail: of the nearest pairs that nobody copied, NaN or -1 where there was no detail to compare.
    """
    wanted = np.minimum(DETAIL_MOST, DETAIL_NEAR + DETAIL_BY_DISTANCE * distances)
    # One picture under two labels has all of the detail in common, and says nothing about different ones.
    seen = np.sort(unrelated_detail[(unrelated_detail > 0) & (unrelated_detail < MOST_DETAIL)])
    if len(seen) >= ENOUGH:
        wanted = np.maximum(wanted, min(MOST_DETAIL, 1 - (1 - float(seen[-1 - SPARED])) * DETAIL_NEARER))
    return np.asarray(wanted, dtype=np.float64)
