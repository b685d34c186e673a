"""Kept: which pictures of a dataset are copies, so that the search is made once for the same pictures and classes."""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from assay.data.copies.parts import SearchParts
from assay.disk import note_use
from assay.files import digest_of, write_cache

VERSION = 3  # of the search: another one is made again


def kept_leaders(
    cache_dir: Path,
    kind: str,
    ids: NDArray[np.str_],
    labels: NDArray[np.integer],
    search: Callable[[SearchParts], NDArray[np.intp]],
) -> NDArray[np.intp]:
    """What a search gives, from the cache where it was made before for the same pictures in this order.

    Args:
        cache_dir: where scans are kept.
        kind: of copies that are looked for.
        ids: sha256 of the N pictures' files.
        labels: int [N], their classes, from which the radius is read.
        search: gives int [N], the smallest row of the copies that a picture is among; it may keep parts, for the case
            that it is killed.
    """
    key = digest_of([VERSION, cv2.__version__, kind, ids.tolist(), labels.tolist()])
    path = cache_dir / "copies" / f"{key}.npy"
    if (leaders := _read(path, len(ids))) is not None:
        note_use(path)
        return leaders
    parts = SearchParts(path.with_suffix(".parts"))
    leaders = search(parts)
    written = io.BytesIO()
    np.save(written, leaders.astype(np.int64))
    write_cache(path, lambda temporary: temporary.write_bytes(written.getvalue()), "copies are looked for again")
    parts.drop()
    return leaders


def _read(path: Path, count: int) -> NDArray[np.intp] | None:
    """What is kept; None where there is nothing, or nothing that can be right."""
    try:
        leaders = np.load(path, allow_pickle=False)
    except (OSError, ValueError, EOFError):
        return None
    rows = np.arange(count)
    if leaders.dtype != np.int64 or leaders.shape != rows.shape or (leaders < 0).any() or (leaders > rows).any():
        return None
    return leaders if bool((leaders[leaders] == leaders).all()) else None
