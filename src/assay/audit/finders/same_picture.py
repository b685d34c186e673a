"""Same picture: which images of a dataset hold the same one, and how sure that is."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from assay.data.copies.grouping import copies_of
from assay.data.manifest import Manifest

HOW = {
    "same_bytes": "the same file, byte for byte",
    "same_pixels": "the same pixels in other bytes",
    "near_copies": "the same picture, saved, scaled, cut, framed, turned or lightened anew",
}
"""Name of a finding -> what the pictures are, the surest first."""
SURE = {"same_bytes": 1.0, "same_pixels": 0.99, "near_copies": 0.9}


@dataclass(frozen=True)
class Cluster:
    """Images that hold the same picture.

    Attributes:
        name: of `HOW`, by the pair of them that is the least sure.
        rows: of the manifest, ascending.
    """

    name: str
    rows: NDArray[np.intp]


def considered(manifest: Manifest) -> Manifest:
    """What copies are looked for in: no even surfaces, which are all alike, and nothing out of distribution."""
    table = manifest.table
    left_out = (table["split"] == "ood") | table["flags"].str.split(",").map(lambda flags: "blank" in flags)
    return replace(manifest, table=table[~left_out])


def clusters_of(manifest: Manifest, cache_dir: Path) -> list[Cluster]:
    """The pictures that several images hold, the first one first.

    Two images are in one cluster only where each pair of the cluster is alike, so that no chain joins unlike pictures.
    How near copies are is calibrated on pictures of different classes, which nobody copied.

    Args:
        manifest: N images, as `considered` gives them.
        cache_dir: where scans are kept.
    """
    leaders = {
        "same_bytes": copies_of(manifest, cache_dir, "bytes").leader,
        "same_pixels": copies_of(manifest, cache_dir, "pixels").leader,
        "near_copies": copies_of(manifest, cache_dir, "perceptual").leader,
    }
    clusters: list[Cluster] = []
    for rows in _together(leaders["near_copies"]):
        name = next((name for name in HOW if len(np.unique(leaders[name][rows])) == 1), "near_copies")
        clusters.append(Cluster(name, rows))
    return clusters


def _together(leader: NDArray[np.intp]) -> list[NDArray[np.intp]]:
    rows = pd.Series(np.arange(len(leader))).groupby(leader).agg(list)
    return [np.array(members) for members in rows if len(members) > 1]
