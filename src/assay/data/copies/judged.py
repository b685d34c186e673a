"""Judged: which of the pairs that look the same are the same picture, in one set of pictures or between two."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import lru_cache, partial

import numpy as np
from numpy.typing import NDArray

from assay.data.copies.faces import Faces
from assay.data.copies.parts import Arrays, SearchParts
from assay.data.copies.radius import (
    ALIKE,
    DETAIL_LOST,
    ENOUGH,
    LOOKED_AT,
    NARROW,
    SAME,
    bound,
    detail_bound,
    full_of_look_alikes,
    radius,
    reach_of,
    unrelated,
)
from assay.data.copies.same import grey_of, likeness
from assay.data.copies.search import REACH, Pairs, near_pairs
from assay.data.copies.tiles import NO_DETAIL, tile_likeness
from assay.data.sample_range import FULL, SampleRange
from assay.errors import DataError
from assay.progress import track

FEWEST_LOOKED_AT = 2000
SHARE_LOOKED_AT = 0.25
"""Pairs whose pixels are compared and that are no copies, at most, the nearest first, per picture: of solar cells that
were cut by 2 % and mirrored, 98 % of the pairs are among so many."""
_PIECE = 64


@dataclass(frozen=True, eq=False)
class Judged:
    """Pairs that look the same, and what their pixels say.

    Attributes:
        pairs: P pairs.
        accepted: bool [P], which are one picture.
        likeness: float64 [P], of their pixels as a whole; NaN where these were not compared.
        detail: float64 [P], of the fine detail of their tiles; NaN likewise.
        least: likeness from which on a pair is one picture where detail says nothing.
        limit: distance within which pixels were compared.
    """

    pairs: Pairs
    accepted: NDArray[np.bool_]
    likeness: NDArray[np.float64]
    detail: NDArray[np.float64]
    least: float
    limit: float

    @property
    def refused(self) -> NDArray[np.bool_]:
        """Which pairs may not lie between copies, [P]: they look the same, and their pixels say that they are not.

        Two copies of one original are less like each other than like it: at most by twice the angle.
        """
        far = ~(self.likeness >= 1 - 4 * (1 - self.least))
        return np.asarray((self.pairs.distance <= self.limit) & ~self.accepted & far)


def judged_pairs(
    faces: Faces,
    labels: NDArray[np.integer],
    paths: Sequence[str],
    sets: NDArray[np.integer] | None = None,
    *,
    samples: SampleRange = FULL,
    parts: SearchParts | None = None,
) -> Judged:
    """All pairs of pictures that look the same, and which of them are one picture by their pixels.

    A pair is one picture where most of its tiles have their fine detail in common, see `tile_likeness`. Where it has no
    detail, and in datasets without look-alikes, it may be one as a whole too, see `likeness`. How near and how alike
    pictures come that nobody copied is read from pairs of different classes, see `radius`.

    Args:
        faces: N pictures.
        labels: [N], their classes; -1 is no class.
        paths: [N], their files.
        sets: [N], to which of two sets a picture belongs: pairs between them are judged alone, and those within them
            say what is by chance, where they are enough. None judges all pairs.
        samples: what is white where samples have more than 8 bits.
        parts: of the same search before; None keeps none.

    Raises:
        DataError: a file cannot be read.
    """
    parts = parts or SearchParts()
    alike = full_of_look_alikes(faces.plain, sets)
    reach = reach_of(faces.plain, alike, sets)
    pairs = near_pairs(faces, reach, parts)
    other = unrelated(pairs, labels, sets)
    if sets is not None and other.sum() < ENOUGH:  # a copy in the other set under another label is the smaller fault
        other = unrelated(pairs, labels)
    asked = np.ones(len(pairs), dtype=bool) if sets is None else sets[pairs.first] != sets[pairs.second]
    limit = REACH if alike else radius(pairs, other, len(labels))
    by_distance = np.argsort(pairs.distance, kind="stable")
    compare = _Comparison(pairs, paths, samples)
    nobody_copied = by_distance[other[by_distance]][:LOOKED_AT]
    if alike and len(nobody_copied) < ENOUGH:
        least, limit = ALIKE, NARROW
    else:
        least = bound(compare.whole(nobody_copied), len(labels))
    wanted_detail = detail_bound(pairs.distance, compare.detail(nobody_copied))
    accepted, looked = np.zeros(len(pairs), dtype=bool), np.zeros(len(pairs), dtype=bool)
    wanted = by_distance[asked[by_distance]]
    budget = max(FEWEST_LOOKED_AT, int(SHARE_LOOKED_AT * len(labels)))
    for start in track(range(0, len(wanted), _PIECE), "comparing pixels", total=len(wanted), step=_PIECE):
        piece = wanted[start : start + _PIECE]
        look = partial(_compared, compare, piece, alike, limit)
        compare.take(piece, parts.part(f"pixels-{start:09}", look))
        same = compare.details[piece] >= wanted_detail[piece]
        same |= (
            _undecided(compare.details[piece], alike)
            & (pairs.distance[piece] <= limit)
            & (compare.likenesses[piece] >= least)
        )
        accepted[piece], looked[piece] = same, True
        budget -= int((~same).sum())
        if budget <= 0:
            reach = float(pairs.distance[piece[-1]])
            break
    details, likenesses = (np.where(looked, kept, np.nan) for kept in (compare.details, compare.likenesses))
    return Judged(pairs, accepted, likenesses, details, least, max(reach, SAME))


def _compared(compare: _Comparison, piece: NDArray[np.intp], alike: bool, limit: float) -> Arrays:
    """Fine detail of all pairs, and the whole of those that it does not decide."""
    detail = compare.detail(piece)
    compare.whole(piece[_undecided(detail, alike) & (compare.pairs.distance[piece] <= limit)])
    return {"detail": detail, "likeness": compare.likenesses[piece]}


def _undecided(detail: NDArray[np.float64], alike: bool) -> NDArray[np.bool_]:
    """Which pairs may be one picture as a whole: those without detail, and, where few look alike, with some in common.

    Much compression leaves less than half of the detail of a lawn; two discs of one size have none in common.
    """
    return np.asarray((detail == NO_DETAIL) | ((detail >= DETAIL_LOST) & (not alike)))


class _Comparison:
    """Compares pixels of pairs, each once and in each way, side by side.

    Attributes:
        pairs: P pairs.
        likenesses: float64 [P], NaN where pictures were not compared as a whole.
        details: float64 [P], NaN where fine detail was not compared, -1 where there is none.
    """

    def __init__(self, pairs: Pairs, paths: Sequence[str], samples: SampleRange) -> None:
        self.pairs, self.paths = pairs, paths
        self.likenesses, self.details = (np.full(len(pairs), np.nan) for _ in range(2))
        self.grey = lru_cache(maxsize=512)(partial(grey_of, samples=samples))

    def whole(self, rows: NDArray[np.intp]) -> NDArray[np.float64]:
        """Likeness of the pictures of pairs as a whole."""
        return self._filled(self.likenesses, rows, likeness)

    def detail(self, rows: NDArray[np.intp]) -> NDArray[np.float64]:
        """Likeness of the fine detail of the pictures of pairs; -1 where they are too small, or have none."""
        return self._filled(self.details, rows, tile_likeness)

    def take(self, rows: NDArray[np.intp], kept: Arrays) -> None:
        """What was compared before."""
        self.details[rows], self.likenesses[rows] = kept["detail"], kept["likeness"]

    def _filled(
        self, values: NDArray[np.float64], rows: NDArray[np.intp], measure: Callable[..., float]
    ) -> NDArray[np.float64]:
        missing = rows[np.isnan(values[rows])]
        if len(missing):
            try:
                with ThreadPoolExecutor(min(4, os.cpu_count() or 1), thread_name_prefix="copies") as pool:
                    values[missing] = list(pool.map(partial(self._measured, measure), missing.tolist()))
            except OSError as error:
                raise DataError(f"{error.filename}: cannot be read ({error.strerror or error})") from error
        return values[rows]

    def _measured(self, measure: Callable[..., float], row: int) -> float:
        pairs = self.pairs
        picture, other = (self.grey(str(self.paths[side[row]])) for side in (pairs.first, pairs.second))
        if pairs.of_first[row]:
            picture, other = other, picture
        return measure(picture, other, int(pairs.turn[row]), int(pairs.view[row]))
