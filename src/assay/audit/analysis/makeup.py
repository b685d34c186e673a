"""Make-up: which classes come from where, and how pictures of each class look."""

from __future__ import annotations

import numpy as np
import pandas as pd

from assay.data.manifest import Manifest
from assay.data.quality import MEASURED

MOST_CLASSES, MOST_VALUES = 12, 20
EMPTY = {"source": "not stated", "license": "not stated", "generator": "(photographs)"}


def across_classes(manifest: Manifest, column: str) -> pd.DataFrame:
    """Images of each class by what a column says: a row for each value, a column for each class.

    Args:
        manifest: only its labelled images count.
        column: "source", "license" or "generator".

    Returns:
        Without rows where the column says the same of all images; of many classes only how many have the value.
    """
    table = manifest.labelled.table
    values = table[column].replace("", EMPTY[column])
    if values.nunique() < 2:
        return pd.DataFrame()
    names = table["label"].map(dict(enumerate(manifest.class_names)))
    counted = pd.crosstab(values, names).reindex(columns=list(manifest.class_names), fill_value=0)
    counted = counted.loc[counted.sum(axis=1).sort_values(ascending=False, kind="stable").index[:MOST_VALUES]]
    images = counted.sum(axis=1)
    shown = counted if len(manifest.class_names) <= MOST_CLASSES else pd.DataFrame(index=counted.index)
    shown = shown.assign(classes=(counted > 0).sum(axis=1), images=images).astype("int64")
    return shown.reset_index(names=column)


def looks_of_classes(manifest: Manifest) -> pd.DataFrame:
    """Median size and statistics of the pictures of each class."""
    table = manifest.labelled.table
    if table.empty:
        return pd.DataFrame()
    sides = np.sort(table[["width", "height"]].to_numpy(), axis=1)
    measured = [name for name in MEASURED if table[name].notna().any()]
    numbers = table[["label", *measured]].assign(shorter=sides[:, 0], longer=sides[:, 1])
    medians = numbers.groupby("label").median()
    medians = medians[["shorter", "longer", *measured]].astype(float)
    medians.insert(0, "class", [manifest.class_names[int(label)] for label in medians.index])
    return medians.reset_index(drop=True)
