"""Which training images are generated to help, so that nothing but learning takes them for photographs."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from assay.data.manifest import Manifest


def generated_helpers(manifest: Manifest) -> NDArray[np.bool_]:
    """[N] bool, the rows of the split train whose image is generated though no test image of its class is.

    Where telling generated from real is the task itself, the images of the generated class are what is learned, not a
    help.
    """
    table = manifest.table
    generated = (table["generator"].str.strip() != "").to_numpy()
    task = set(table.loc[generated & (table["split"] == "test"), "label"])
    return np.asarray(generated & (table["split"] == "train") & ~table["label"].isin(task))
