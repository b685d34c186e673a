"""Diversity: how many really different pictures a class, or a source, has."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from assay.data.manifest import Manifest
from assay.evaluation.vendi import vendi_measurement

FEWEST = 10
MOST_ROWS = 40


def diversity(manifest: Manifest, embeddings: NDArray[np.floating], *, seed: int = 0) -> pd.DataFrame:
    """The Vendi score of each class and of each source, and that of as many images as the smallest of them has.

    The score grows with the number of images; only those of equally many compare.

    Args:
        manifest: N labelled images.
        embeddings: [N, D] of them.
        seed: of what is drawn.

    Returns:
        Columns of, name, images, different images (the score), low, high, at N images; those with fewer than `FEWEST`
        images are left out.

    Source: Friedman and Dieng (2023), with the cosine of embeddings.
    """
    parts = [("class", name, manifest.labels == label) for label, name in enumerate(manifest.class_names)]
    sources = manifest.table["source"]
    if sources.nunique() > 1:
        parts += [("source", str(name), (sources == name).to_numpy()) for name in sources.unique()]
    parts = [part for part in parts if part[2].sum() >= FEWEST][:MOST_ROWS]
    smallest = min((int(rows.sum()) for _, _, rows in parts), default=0)
    table = []
    for of, name, rows in parts:
        own = embeddings[rows]
        score = vendi_measurement(own, seed=seed)
        same = score if len(own) == smallest else vendi_measurement(_few(own, smallest, seed), resamples=2, seed=seed)
        table.append(
            {
                "of": of,
                "name": name or "not stated",
                "images": len(own),
                "different images": score.value,
                "low": score.low,
                "high": score.high,
                f"of {smallest} images": same.value,
            }
        )
    return pd.DataFrame(table)


def _few(features: NDArray[np.floating], count: int, seed: int) -> NDArray[np.floating]:
    return features[np.random.default_rng(seed).choice(len(features), count, replace=False)]
