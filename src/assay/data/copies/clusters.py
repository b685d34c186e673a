"""Clusters: which pictures are one, without chains that lead from a picture to one unlike it."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from assay.data.copies.search import Pairs


def clusters(pairs: Pairs, count: int, radius: float, same: NDArray[np.bool_] | None = None) -> NDArray[np.intp]:
    """Complete linkage: clusters become one, the nearest first, where all pictures of one are near all of the other.

    Pairs within the radius join clusters. Between the other pairs of a joined cluster twice the angle is allowed, which
    is how far two copies of one original can be from each other. Where pixels say which pairs are one picture, these
    alone join clusters, and two copies of one and the same third picture need not look alike: a quarter of it and a
    mirrored one with a watermark do not.

    Args:
        pairs: all pairs within at least four times the radius (twice the angle), or as far as was looked.
        count: N pictures.
        radius: distance within which two are copies.
        same: bool [P], which pairs are one picture by their pixels; None takes those within the radius.

    Returns:
        int [N], the smallest row of the cluster that a picture is in.
    """
    known = {
        (int(a), int(b))
        for a, b, distance in zip(pairs.first, pairs.second, pairs.distance, strict=True)
        if distance <= 4 * radius
    }
    joining = pairs.where(pairs.distance <= radius if same is None else same)
    partners: dict[int, set[int]] = {}
    if same is not None:
        for a, b in zip(joining.first.tolist(), joining.second.tolist(), strict=True):
            partners.setdefault(a, set()).add(b)
            partners.setdefault(b, set()).add(a)

    def together(x: int, y: int) -> bool:
        return (min(x, y), max(x, y)) in known or not partners.get(x, set()).isdisjoint(partners.get(y, ()))

    leader = np.arange(count)
    members: dict[int, list[int]] = {}
    order = np.lexsort((joining.second, joining.first, joining.distance))
    for a, b in zip(joining.first[order].tolist(), joining.second[order].tolist(), strict=True):
        low, high = sorted((int(leader[a]), int(leader[b])))
        mine, theirs = members.get(low, [low]), members.get(high, [high])
        if low != high and all(together(x, y) for x in mine for y in theirs):
            members[low] = mine + theirs
            leader[theirs] = low
            members.pop(high, None)
    return leader
