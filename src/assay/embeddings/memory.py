"""RememberingStore: an EmbeddingStore that keeps in memory what it has read, for trainings that follow each other."""

from __future__ import annotations

import hashlib
from collections import OrderedDict
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from assay.embeddings.key import EmbeddingKey
from assay.embeddings.store import EmbeddingStore
from assay.predictions import StrArray

DEFAULT_BYTES = 512 * 2**20


class RememberingStore(EmbeddingStore):
    """Reads each set of images once; what was used longest ago is forgotten where memory does not suffice.

    A set of which an image is missing is not remembered, so that what is computed meanwhile is found.

    Args:
        root: see `EmbeddingStore`.
        at_most: bytes of vectors that are kept.
    """

    def __init__(self, root: Path, *, at_most: int = DEFAULT_BYTES) -> None:
        super().__init__(root)
        self._at_most = at_most
        self._known: OrderedDict[tuple[str, str], NDArray[np.float32]] = OrderedDict()

    def read(self, key: EmbeddingKey, ids: StrArray | Sequence[str]) -> tuple[NDArray[np.float32], NDArray[np.bool_]]:
        """See `EmbeddingStore.read`; the vectors belong to the caller."""
        name = (key.digest, hashlib.sha256(np.asarray(ids, dtype=np.str_).tobytes()).hexdigest())
        if name in self._known:
            self._known.move_to_end(name)
            return self._known[name].copy(), np.ones(len(ids), dtype=bool)
        vectors, available = super().read(key, ids)
        if available.all() and vectors.nbytes <= self._at_most:
            self._known[name] = vectors.copy()
            while sum(kept.nbytes for kept in self._known.values()) > self._at_most:
                self._known.popitem(last=False)
        return vectors, available
