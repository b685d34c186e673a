"""Between: which pictures of one set of images are among those of another."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from assay.data.copies.faces import Faces
from assay.data.copies.judged import judged_pairs
from assay.data.manifest import Manifest
from assay.data.scan import ScannedLooks, scan_looks
from assay.errors import DataError


def copies_between(first: Manifest, second: Manifest, cache_dir: Path) -> list[tuple[int, int]]:
    """Rows of both sets that hold the same picture: the same pixels, or saved, scaled, cut, framed, turned anew.

    Args:
        first: N images.
        second: M others.
        cache_dir: where scans are kept.

    Raises:
        DataError: a picture cannot be read, so that nothing can be said about it.
    """
    manifests = (first, second)
    paths = [str(path) for manifest in manifests for path in manifest.paths]
    ids = [image for manifest in manifests for image in manifest.ids.tolist()]
    looks = scan_looks(paths, ids, cache_dir, samples=first.samples)
    unread = np.flatnonzero(looks.pixels == "")
    if len(unread):
        raise DataError(f"{paths[unread[0]]}: cannot be read, so it cannot be held against the other pictures")
    sets = np.repeat([0, 1], [len(first), len(second)])
    labels = np.concatenate([first.labels, second.labels])
    judged = judged_pairs(Faces(looks.greys), labels, paths, sets, samples=first.samples)
    pairs = judged.pairs.where(judged.accepted)
    copies = set(zip(pairs.first.tolist(), pairs.second.tolist(), strict=True)) | _same_pixels(looks, len(first))
    return sorted((row, other - len(first)) for row, other in copies)


def _same_pixels(looks: ScannedLooks, count: int) -> set[tuple[int, int]]:
    """Even surfaces, too, which look like nothing to the search."""
    rows: dict[str, list[int]] = {}
    for row, pixels in enumerate(looks.pixels[:count].tolist()):
        rows.setdefault(pixels, []).append(row)
    others: NDArray[np.str_] = looks.pixels[count:]
    return {(row, count + other) for other, pixels in enumerate(others.tolist()) for row in rows.get(pixels, ())}
