"""Grouping: copies of a picture share a group, so that none of them is tested on when another was learned from."""

from __future__ import annotations

import logging
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Literal, get_args

import numpy as np
from numpy.typing import NDArray

from assay.data.copies.clusters import clusters
from assay.data.copies.faces import Faces
from assay.data.copies.judged import judged_pairs
from assay.data.copies.kept import kept_leaders
from assay.data.copies.parts import SearchParts
from assay.data.manifest import Manifest
from assay.data.sample_range import FULL
from assay.data.scan import scaling, scan_looks

logger = logging.getLogger(__name__)

Copies = Literal["bytes", "pixels", "perceptual"]
COPIES: tuple[str, ...] = get_args(Copies)


@dataclass(frozen=True, eq=False)
class Clusters:
    """Copies in a dataset.

    Attributes:
        leader: int [N], the smallest row of the copies that a picture is among; its own where there are none.
    """

    leader: NDArray[np.intp]

    @property
    def pictures(self) -> int:
        """How many pictures have copies."""
        return len(np.unique(self._copied))

    @property
    def images(self) -> int:
        """How many images hold them."""
        return len(self._copied)

    @property
    def _copied(self) -> NDArray[np.intp]:
        counts = np.bincount(self.leader, minlength=1)
        return self.leader[counts[self.leader] > 1] if len(self.leader) else self.leader


def copies_of(manifest: Manifest, cache_dir: Path, kind: Copies) -> Clusters:
    """Which images of a dataset hold the same picture.

    Args:
        manifest: N images.
        cache_dir: where scans are kept.
        kind: "pixels" takes the same pixels in other bytes, "perceptual" also what was saved with loss, scaled, cut by
            little, turned, mirrored or lightened; "bytes" the same files alone.
    """
    ids = manifest.ids
    if kind == "bytes" or not len(ids):
        return Clusters(_first_rows(ids))
    seen = kind if manifest.samples == FULL else f"{kind} {scaling(manifest.samples)}"
    search = partial(_searched, manifest, cache_dir, kind)
    return Clusters(kept_leaders(cache_dir, seen, ids, manifest.labels, search))


def _searched(manifest: Manifest, cache_dir: Path, kind: Copies, parts: SearchParts) -> NDArray[np.intp]:
    looks = scan_looks(
        [str(path) for path in manifest.paths], manifest.ids.tolist(), cache_dir, samples=manifest.samples
    )
    leader = _first_rows(looks.pixels)
    if kind == "perceptual":
        rows = np.flatnonzero(leader == np.arange(len(leader)))
        paths = manifest.table["path"].to_numpy()[rows].tolist()
        faces, samples = Faces(looks.greys[rows]), manifest.samples
        judged = judged_pairs(faces, manifest.labels[rows], paths, samples=samples, parts=parts)
        kept = ~judged.refused
        known = clusters(judged.pairs.where(kept), len(rows), judged.limit, judged.accepted[kept])
        leader = rows[known[np.searchsorted(rows, leader)]]
    return leader


def with_copies_grouped(manifest: Manifest, cache_dir: Path, kind: Copies) -> Manifest:
    """The manifest in which copies of a picture are of one group, the first of theirs by name.

    Copies whose splits were given and differ stay where they are, and it is said. Pictures outside the classes and of
    the split unlabelled are left alone.

    Args:
        manifest: before it is divided.
        cache_dir: where scans are kept.
        kind: see `copies_of`.
    """
    if kind == "bytes":
        return manifest
    labelled = manifest.table["label"].to_numpy() >= 0
    labelled &= ~manifest.table["split"].isin(("ood", "unlabelled")).to_numpy()
    images = replace(manifest, table=manifest.table[labelled])
    copies = copies_of(images, cache_dir, kind)
    groups, straddling = _joined(images.groups, images.table["split"].to_numpy(dtype=np.str_), copies.leader)
    beyond = _beyond_bytes(images, copies)
    if beyond:
        logger.info(
            "copies: %d images are %d pictures, saved more than once; each picture goes to one split (data.copies=%s)",
            copies.images,
            copies.pictures,
            kind,
        )
    if straddling:
        first, second = straddling[0]
        paths = images.table["path"].to_numpy()
        logger.warning(
            "%d pairs of copies have different given splits: test may hold what was learned (first: %s and %s); "
            "take one of each away, or leave the splits away that the dataset gives and have it divided anew",
            len(straddling),
            paths[first],
            paths[second],
        )
    table = manifest.table.copy()
    table.loc[labelled, "group"] = groups
    return replace(manifest, table=table)


def _beyond_bytes(images: Manifest, copies: Clusters) -> bool:
    return bool((copies.leader != _first_rows(images.ids)).any())


def _first_rows(names: NDArray[np.str_]) -> NDArray[np.intp]:
    _, first, inverse = np.unique(names, return_index=True, return_inverse=True)
    return np.asarray(first[inverse], dtype=np.intp)


def _joined(
    groups: NDArray[np.str_], splits: NDArray[np.str_], leader: NDArray[np.intp]
) -> tuple[NDArray[np.object_], list[tuple[int, int]]]:
    """The groups' new names, and the pairs of images that could not be joined because their splits are given."""
    above: dict[str, str] = {}
    given = {group: split for group, split in zip(groups.tolist(), splits.tolist(), strict=True) if split}

    def find(name: str) -> str:
        while (higher := above.get(name, name)) != name:
            above[name] = above.get(higher, higher)
            name = higher
        return name

    apart: list[tuple[int, int]] = []
    for row in np.flatnonzero(leader != np.arange(len(leader))).tolist():
        first, second = sorted((find(str(groups[row])), find(str(groups[leader[row]]))))
        if first == second:
            continue
        split, other = given.get(first, ""), given.get(second, "")
        if split and other and split != other:
            apart.append((int(leader[row]), row))
            continue
        above[second] = first
        if other and not split:
            given[first] = other
    return np.array([find(group) for group in groups.tolist()], dtype=object), apart
