"""Colour: mean colour and saturation of pictures of each class, of a few that are drawn from it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from assay.data.image import read_image
from assay.data.manifest import Manifest
from assay.data.sample_range import SampleRange
from assay.errors import DataError

OF_CLASS, OF_ALL = 25, 400
"""Pictures that are looked at, of each class and of all."""
_SIDE = 64
GREY = 4.0
"""Levels of 255 between the channels of a picture, in the mean, below which it is grey."""


def colours_of_classes(manifest: Manifest, *, seed: int = 0) -> pd.DataFrame:
    """A row for each class: pictures looked at, mean red, green, blue (0 to 255), saturation (0 to 1), share of grey.

    Args:
        manifest: only its labelled images count; those that cannot be read are left out.
        seed: of what is drawn.
    """
    labelled, rng = manifest.labelled, np.random.default_rng(seed)
    paths = labelled.paths  # a list that is made anew each time it is asked for
    each = max(1, min(OF_CLASS, OF_ALL // max(1, len(manifest.class_names))))
    rows = []
    for label, name in enumerate(manifest.class_names):
        own = np.flatnonzero(labelled.labels == label)
        drawn = np.sort(rng.choice(own, min(each, len(own)), replace=False))
        seen = [colour for row in drawn if (colour := _colour(paths[row], manifest.samples)) is not None]
        if not seen:
            continue
        means = np.array(seen).mean(axis=0)
        columns = dict(zip(("red", "green", "blue", "saturation", "grey"), means.tolist(), strict=True))
        rows.append({"class": name, "pictures": len(seen), **columns})
    return pd.DataFrame(rows)


def _colour(path: Path, samples: SampleRange) -> NDArray[np.float64] | None:
    """float64 [5]: mean red, green, blue, saturation, and 1 for a grey picture."""
    try:
        pixels = read_image(path, samples)
    except (DataError, OSError):
        return None
    step = max(1, min(pixels.shape[:2]) // _SIDE)
    few = pixels[::step, ::step].reshape(-1, 3).astype(np.float64)
    highest, lowest = few.max(axis=1), few.min(axis=1)
    saturation = np.where(highest > 0, (highest - lowest) / np.maximum(highest, 1), 0).mean()
    return np.array([*few.mean(axis=0), saturation, float((highest - lowest).mean() < GREY)])
