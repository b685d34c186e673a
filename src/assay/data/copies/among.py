"""Among: which pictures of a set that is no part of a dataset are pictures of the dataset all the same."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from assay.data.copies.between import copies_between
from assay.data.copies.kept import kept_leaders
from assay.data.copies.parts import SearchParts
from assay.data.manifest import Manifest
from assay.data.scan import scaling


def are_among(others: Manifest, manifest: Manifest, cache_dir: Path) -> NDArray[np.bool_]:
    """Whether each of M pictures is one of the dataset's N, by the search of `copies_between`, made once for these.

    Args:
        others: M pictures.
        manifest: N pictures.
        cache_dir: where scans are kept.

    Returns:
        bool [M].
    """
    count = len(manifest)

    def search(parts: SearchParts) -> NDArray[np.intp]:
        del parts  # one set of few pictures against another is no search of hours
        leaders = np.arange(count + len(others))
        for row, other in reversed(copies_between(manifest, others, cache_dir)):
            leaders[count + other] = row
        return leaders

    ids = np.concatenate([manifest.ids, others.ids])
    labels = np.concatenate([manifest.labels, others.labels])
    kind = f"among {count} {scaling(manifest.samples)}"
    leaders = kept_leaders(cache_dir, kind, ids, labels, search)
    return np.asarray(leaders[count:] < count)
