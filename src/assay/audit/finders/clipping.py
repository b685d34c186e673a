"""Clipping: how much of a picture is black or white without a shade, as after an exposure that was far off."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import cv2
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from assay.data.image import read_image
from assay.data.quality import SIDE
from assay.errors import DataError

LEAST = 0.5
"""Share of clipped pixels from which on it is asked about."""
MOST_ENTROPY = 5.5
"""Bits: a histogram of which half lies on two of its 256 values has at most 1 + 0.5 + 0.5 log2(254) = 5.49."""
WORKERS = 4


def clipped_shares(table: pd.DataFrame) -> NDArray[np.float64]:
    """Share of pixels that are 0 or 255 in grey, float64 [N]; 0 where the entropy says that it is below `LEAST`.

    Only files whose entropy allows so much are read, which of photographs are few.

    Args:
        table: rows of a manifest; NaN is given where a file cannot be read, or nobody measured.
    """
    entropy = table["entropy"].to_numpy(dtype=np.float64)
    shares = np.where(np.isnan(entropy), np.nan, 0.0)
    asked = np.flatnonzero(entropy <= MOST_ENTROPY)
    if len(asked):
        paths = table["path"].iloc[asked].tolist()
        with ThreadPoolExecutor(WORKERS, thread_name_prefix="clipping") as pool:
            shares[asked] = list(pool.map(_share, paths))
    return np.where(shares < LEAST, 0.0, shares)


def _share(path: str) -> float:
    try:
        grey = cv2.cvtColor(read_image(path, seen_whole=True), cv2.COLOR_RGB2GRAY)
    except DataError:
        return float("nan")
    scale = SIDE / max(grey.shape)
    if scale < 1:
        height, width = grey.shape
        small = max(1, round(width * scale)), max(1, round(height * scale))
        grey = cv2.resize(grey, small, interpolation=cv2.INTER_AREA)
    return float(((grey == 0) | (grey == 255)).mean())
