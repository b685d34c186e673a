"""Stratified division of images into parts of given shares; a group goes to one part as a whole."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

from assay.predictions import IntArray

Shares = NDArray[np.float64]
Composition = tuple[tuple[int, int], ...]  # (label, images) of a group, sorted


def divide(labels: IntArray, groups: Iterable[str], shares: Sequence[float], seed: int) -> IntArray:
    """Which part each image goes to.

    Groups of one composition, the same number of images of the same labels, are exchangeable: each such stratum is
    divided by the shares, rounded up or down. What rounding owes to a part is carried to the next stratum, of the class
    and of all, so that single images, which come last, make up for what larger groups did. Without larger groups the
    numbers of each class are its shares rounded up or down, and the totals keep the shares too.

    A class is always in the first part, unless its share is 0. Which images of a stratum go where is decided by a hash
    of seed and group name: the order of the rows changes nothing.

    Args:
        labels: [N], class indices.
        groups: [N], names.
        shares: S numbers, not negative; their proportion counts.
        seed: another seed, another division.

    Returns:
        [N] int64, from 0 to S - 1.
    """
    names = list(groups)
    share = np.asarray(shares, dtype=np.float64) / sum(shares)
    part_of: dict[str, int] = {}
    strata = _strata(labels.tolist(), names)
    left = np.bincount(labels, minlength=1)
    total = np.maximum(left, 1)
    owed = np.zeros((len(left), len(share)))  # images, per class
    owed_in_all = np.zeros(len(share))
    has_first = np.zeros(len(left), dtype=bool)
    for composition in sorted(strata, key=lambda composition: (-_size(composition), composition)):
        members = sorted(strata[composition], key=lambda name: _key(name, seed))
        label, images = np.array(composition).T
        size = images.sum()
        owed[label] += np.outer(images, share * len(members))
        owed_in_all += size * len(members) * share
        weight = images / total[label]  # in mixed groups a rare class weighs as much as a frequent one
        wanted = weight @ (owed[label] / total[label, None]) / (weight @ weight)
        seats = _seats(wanted, len(members), owed_in_all / size)
        left[label] -= images * len(members)
        if share[0] > 0 and seats[0] == 0 and (~has_first[label] & (left[label] == 0)).any():
            seats[seats.argmax()] -= 1
            seats[0] += 1
        has_first[label] |= seats[0] > 0
        owed[label] -= np.outer(images, seats)
        owed_in_all -= size * seats
        part_of.update(zip(members, np.repeat(np.arange(len(share)), seats).tolist(), strict=True))
    return np.array([part_of[name] for name in names], dtype=np.int64)


def _strata(labels: Sequence[int], groups: Sequence[str]) -> dict[Composition, list[str]]:
    contents: defaultdict[str, dict[int, int]] = defaultdict(dict)
    for label, group in zip(labels, groups, strict=True):
        content = contents[group]
        content[label] = content.get(label, 0) + 1
    strata: defaultdict[Composition, list[str]] = defaultdict(list)
    for group, content in contents.items():
        strata[tuple(sorted(content.items()))].append(group)
    return strata


def _seats(wanted: Shares, count: int, owed_in_all: Shares) -> IntArray:
    """[S] whole numbers that add up to `count`: `wanted` rounded up or down, up where most is owed."""
    wanted = np.maximum(wanted, 0)
    wanted = np.round(wanted * (count / wanted.sum()), 9)
    seats = np.floor(wanted).astype(np.int64)
    remainder = wanted - seats
    claim = np.where(remainder > 0, np.round(remainder + owed_in_all - seats, 6), -np.inf)
    seats[np.argsort(-claim, kind="stable")[: count - seats.sum()]] += 1
    return seats


def _size(composition: Composition) -> int:
    return sum(images for _, images in composition)


def _key(group: str, seed: int) -> bytes:
    return hashlib.blake2b(f"{seed}/{group}".encode(), digest_size=8).digest()
