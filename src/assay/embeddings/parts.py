"""Parts of a manifest that are claimed one by one: whole batches, the same in every process that cuts alike."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from assay.embeddings.shard import MAX_IMAGES
from assay.predictions import StrArray

FEWEST = 16
"""Parts that are made by default where there are as many batches, so that several workers have something to do."""


@dataclass(frozen=True)
class VectorPart:
    """Images that one worker embeds at a time.

    Attributes:
        name: hex digest of the ids, by which every process knows the part.
        rows: int [n], where the images are in the manifest.
        ids: n names of their pixels, as the store has them.
    """

    name: str
    rows: NDArray[np.intp]
    ids: tuple[bytes, ...]


def cut(pixel_ids: StrArray, shards: int | None, *, batch: int) -> tuple[VectorPart, ...]:
    """Parts of the distinct images of a manifest, in its order.

    Borders lie between batches, so that as few batches as in one process are filled up.

    Args:
        pixel_ids: [N] names of the images' pixels; of equal ones the first stands for all.
        shards: how many parts; there are never more than batches. None makes parts of at most 1,024 images, and smaller
            ones where that gives fewer than 16.
        batch: images in a batch.
    """
    first = np.unique(pixel_ids, return_index=True)[1]
    rows = np.sort(first)
    batches = -(-len(rows) // batch)
    if shards is None:
        shards = max(-(-len(rows) // MAX_IMAGES), FEWEST)
    count = min(shards, batches)
    borders = [batch * (batches * number // max(1, count)) for number in range(count + 1)]
    return tuple(_part(rows[start:end], pixel_ids) for start, end in pairwise(borders))


def _part(rows: NDArray[np.intp], pixel_ids: StrArray) -> VectorPart:
    ids = tuple(str(name).encode() for name in pixel_ids[rows])
    return VectorPart(hashlib.sha256(b"\n".join(ids)).hexdigest()[:32], rows, ids)
