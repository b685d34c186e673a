"""Spread: a few pictures of each class that are as unlike each other as a draw of them has."""

from __future__ import annotations

import hashlib
from pathlib import Path

import numpy as np

from assay.data.manifest import Manifest
from assay.predictions import IntArray

DRAWN = 200
"""Pictures of a class of which those are taken that are least alike."""


def spread_pictures(manifest: Manifest, count: int, *, seed: int = 0) -> dict[str, tuple[Path, ...]]:
    """Up to so many pictures of each class, whose files are there and still what they were, by name of the class.

    Of those that are drawn, one of each group, the first stands; each further one is that whose perceptual hash is
    farthest from all before (Hamming distance; greedy k-center, Gonzalez 1985).

    Args:
        manifest: of pictures that may be shown.
        count: of each class.
        seed: of the draw.
    """
    draw, table = np.random.default_rng(seed), manifest.table
    chosen = {}
    for label, name in enumerate(manifest.class_names):
        rows = table[table["label"] == label].drop_duplicates("group")
        rows = rows.iloc[draw.permutation(len(rows))[:DRAWN]]
        paths = []
        for place in _farthest_first(rows["phash"].to_numpy(np.uint64)):
            path = Path(rows["path"].iloc[place])
            if _is_still(path, str(rows["id"].iloc[place])):
                paths.append(path)
            if len(paths) == count:
                break
        if paths:
            chosen[name] = tuple(paths)
    return chosen


def _farthest_first(hashes: IntArray) -> list[int]:
    """Places in the order in which each is farthest from all before; the first stays first."""
    if not len(hashes):
        return []
    order, nearest = [0], _distances(hashes, 0)
    while len(order) < len(hashes):
        nearest[order] = -1
        order.append(int(nearest.argmax()))
        nearest = np.minimum(nearest, _distances(hashes, order[-1]))
    return order


def _distances(hashes: IntArray, place: int) -> IntArray:
    return np.bitwise_count(hashes ^ hashes[place]).astype(np.int64)


def _is_still(path: Path, digest: str) -> bool:
    try:
        return hashlib.sha256(path.read_bytes()).hexdigest() == digest
    except OSError:
        return False
