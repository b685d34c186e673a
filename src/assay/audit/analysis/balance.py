"""Balance: how many images each class lacks, and which sources have shown that class."""

from __future__ import annotations

import pandas as pd

from assay.data.manifest import Manifest

MOST_SOURCES = 3


def missing_images(manifest: Manifest, target: int = 0) -> pd.DataFrame:
    """A row for each class that has fewer images than wanted: class, images, missing, sources that have it.

    Args:
        manifest: only its labelled images count.
        target: images of each class; 0 takes as many as the largest class has.
    """
    table = manifest.labelled.table
    counts = table["label"].value_counts()
    target = target or int(counts.max() if len(counts) else 0)
    rows = []
    for label, name in enumerate(manifest.class_names):
        images = int(counts.get(label, 0))
        if images >= target:
            continue
        sources = table["source"][table["label"] == label].value_counts()
        rows.append(
            {"class": name, "images": images, "missing": target - images, "sources that have it": _named(sources)}
        )
    return pd.DataFrame(rows, columns=["class", "images", "missing", "sources that have it"])


def _named(sources: pd.Series) -> str:
    known = [f"{source or 'not stated'} ({count:,})" for source, count in sources.items()]
    more = len(known) - MOST_SOURCES
    return ", ".join([*known[:MOST_SOURCES], *([f"{more} more"] if more > 0 else [])]) or "none"
