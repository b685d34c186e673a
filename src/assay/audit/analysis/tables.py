"""Tables of the analysis by their titles, those without a row left out."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from assay.audit.analysis.balance import missing_images
from assay.audit.analysis.colour import colours_of_classes
from assay.audit.analysis.diversity import diversity
from assay.audit.analysis.makeup import across_classes, looks_of_classes
from assay.data.manifest import Manifest

Embed = Callable[[Manifest], NDArray[np.float32]]


def analysis_tables(
    manifest: Manifest, *, target: int = 0, colours: bool = False, embed: Embed | None = None, seed: int = 0
) -> dict[str, pd.DataFrame]:
    """Title to table.

    Args:
        manifest: only its labelled images count.
        target: images that each class should have; 0 takes as many as the largest has.
        colours: whether pictures are read for their colours.
        embed: gives embeddings [N, D] for diversity; None leaves it out.
        seed: of what is drawn.
    """
    labelled = manifest.labelled
    counts = np.bincount(labelled.labels, minlength=1) if len(labelled) else np.zeros(1, dtype=int)
    wanted = target or int(counts.max())
    tables = {
        f"missing up to {wanted:,} images of each class": missing_images(manifest, wanted),
        "sources and classes": across_classes(manifest, "source"),
        "generators and classes": across_classes(manifest, "generator"),
        "licenses and classes": across_classes(manifest, "license"),
        "median size and statistics of each class": looks_of_classes(manifest),
    }
    if colours:
        tables["colours of each class"] = colours_of_classes(manifest, seed=seed)
    if embed is not None and len(labelled):
        tables["different images (Vendi score)"] = diversity(labelled, embed(labelled), seed=seed)
    return {title: table for title, table in tables.items() if len(table)}
