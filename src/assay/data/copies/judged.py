"""Judged: which of the pairs that look the same are the same picture, in one set of pictures or between two."""

from __future__ import annotations

import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import lru_cache, partial

import numpy as np
from numpy.typing import NDArray

from assay.data.copies.faces import Faces
from assay.data.copies.parts import Arrays, SearchParts
from assay.data.copies.radius import (
    ALIKE,
    ENOUGH,
    LOOKED_AT,
    NARROW,
    SAME,
    bound,
    full_of_look_alikes,
    radius,
    unrelated,
)
from assay.data.copies.same import grey_of, likeness
from assay.data.copies.search import FAR, REACH, Pairs, near_pairs
from assay.data.sample_range import FULL, SampleRange
from assay.errors import DataError
from assay.progress import track

FEWEST_LOOKED_AT = 300
SHARE_LOOKED_AT = 0.25
"""Pairs of look-alikes whose pixels are compared beyond the copies, the nearest first, per picture: of solar cells that
were cut by 2 % and mirrored, 98 % of the pairs are among so many."""
_PIECE = 64


@dataclass(frozen=True, eq=False)
class Judged:
    """Pairs that look the same, and what their pixels say.

    Attributes:
        pairs: P pairs.
        likeness: float64 [P], of their pixels; NaN where these were not compared.
        least: from which on a pair is one picture.
        limit: distance within which pixels were compared.
    """

    pairs: Pairs
    likeness: NDArray[np.float64]
    least: float
    limit: float

    @property
    def accepted(self) -> NDArray[np.bool_]:
        """Which pairs are one picture, [P]."""
        return np.asarray(self.likeness >= self.least)

    @property
    def refused(self) -> NDArray[np.bool_]:
        """Which pairs neither join pictures nor may lie between copies, [P].

        Two copies of one original are less like each other than like it: at most by twice the angle.
        """
        far = self.likeness < 1 - 4 * (1 - self.least)
        joining = (self.pairs.distance <= self.limit) & ~self.accepted
        return np.asarray(joining & (far | np.isnan(self.likeness)))


def judged_pairs(
    faces: Faces,
    labels: NDArray[np.integer],
    paths: Sequence[str],
    sets: NDArray[np.integer] | None = None,
    *,
    samples: SampleRange = FULL,
    parts: SearchParts | None = None,
) -> Judged:
    """All pairs of pictures that look the same, with the likeness of their pixels, and how alike copies have to be.

    How near and how alike pictures come that nobody copied is read from pairs of different classes, see `radius`.

    Args:
        faces: N pictures.
        labels: [N], their classes; -1 is no class.
        paths: [N], their files.
        sets: [N], to which of two sets a picture belongs: pairs between them are judged alone, and those within them
            say what is by chance. None judges all pairs.
        samples: what is white where samples have more than 8 bits.
        parts: of the same search before; None keeps none.

    Raises:
        DataError: a file cannot be read.
    """
    parts = parts or SearchParts()
    alike = full_of_look_alikes(faces.plain, sets)
    pairs = near_pairs(faces, REACH if alike else FAR, parts)
    other = unrelated(pairs, labels, sets)
    asked = np.ones(len(pairs), dtype=bool) if sets is None else sets[pairs.first] != sets[pairs.second]
    limit = REACH if alike else radius(pairs, other, len(labels))
    by_distance = np.argsort(pairs.distance, kind="stable")
    likenesses = np.full(len(pairs), np.nan)
    compare = _Comparison(pairs, paths, likenesses, samples)
    nobody_copied = by_distance[other[by_distance]][:LOOKED_AT]
    if alike and len(nobody_copied) < ENOUGH:
        least, limit = ALIKE, NARROW
    else:
        least = bound(compare(nobody_copied), len(labels))
    wanted = by_distance[asked[by_distance] & (pairs.distance[by_distance] <= limit)]
    budget = max(FEWEST_LOOKED_AT, int(SHARE_LOOKED_AT * len(labels))) if alike else len(wanted)
    for start in track(range(0, len(wanted), _PIECE), "comparing pixels", total=len(wanted), step=_PIECE):
        piece = wanted[start : start + _PIECE]
        likenesses[piece] = parts.part(f"pixels-{start:09}", partial(_likenesses, compare, piece))["likeness"]
        budget -= int((likenesses[piece] < min(ALIKE, least)).sum())
        if budget <= 0:
            limit = float(pairs.distance[piece[-1]])
            break
    likenesses[~asked] = np.nan
    return Judged(pairs, likenesses, least, max(limit, SAME))


def _likenesses(compare: _Comparison, piece: NDArray[np.intp]) -> Arrays:
    return {"likeness": compare(piece)}


class _Comparison:
    """Compares pixels of pairs, each once, side by side."""

    def __init__(self, pairs: Pairs, paths: Sequence[str], kept: NDArray[np.float64], samples: SampleRange) -> None:
        self.pairs, self.paths, self.kept = pairs, paths, kept
        self.grey = lru_cache(maxsize=512)(partial(grey_of, samples=samples))

    def __call__(self, rows: NDArray[np.intp]) -> NDArray[np.float64]:
        missing = rows[np.isnan(self.kept[rows])]
        if len(missing):
            try:
                with ThreadPoolExecutor(min(4, os.cpu_count() or 1), thread_name_prefix="copies") as pool:
                    self.kept[missing] = list(pool.map(self._likeness, missing.tolist()))
            except OSError as error:
                raise DataError(f"{error.filename}: cannot be read ({error.strerror or error})") from error
        return self.kept[rows]

    def _likeness(self, row: int) -> float:
        pairs = self.pairs
        picture, other = (self.grey(str(self.paths[side[row]])) for side in (pairs.first, pairs.second))
        if pairs.of_first[row]:
            picture, other = other, picture
        return likeness(picture, other, int(pairs.turn[row]), int(pairs.view[row]))
