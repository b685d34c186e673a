"""Normalise: a picture compressed anew in one way, so that no file says of which class it is."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from assay.data.image import decode_image

if TYPE_CHECKING:
    from assay.data.manifest import Manifest

VERSION = 1
"""Counts up whenever the pixels of some normalised picture change."""
QUALITY = 95


def compressed_anew(square: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """A picture as it comes out of a JPEG of quality 95 with its colours in full; same shape.

    After it all pictures have gone through the same encoder last, with the same tables. What an earlier compression has
    done to the pixels cannot be taken back; the grid of JPEG qualities and the swapped formats show how much of a score
    hangs on it.

    Args:
        square: uint8 RGB [S, S, 3]; left alone.
    """
    once = io.BytesIO()
    Image.fromarray(square).save(once, "JPEG", quality=QUALITY, subsampling=0)
    return decode_image(once.getvalue(), "a normalised picture", seen_whole=True)


def normalising_side(manifest: Manifest, *, largest: int) -> int:
    """Side in pixels of the square at which every picture is compressed anew.

    As large as the smallest kind of picture allows: the least of `largest` and the median shorter sides of the training
    images of each class and generator, without those that were generated to help.

    Args:
        manifest: with its splits, all of them.
        largest: side of the square at most.
    """
    from assay.data.generated import generated_helpers

    trained = (manifest.table["split"] == "train").to_numpy() & ~generated_helpers(manifest)
    table = manifest.table[trained].drop_duplicates("id")
    if table.empty:
        return largest
    shorter = table[["width", "height"]].min(axis=1)
    return max(1, int(min(largest, shorter.groupby([table["label"], table["generator"]]).median().min())))
