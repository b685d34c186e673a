"""Appearance: the low frequencies of small grey pictures, from which any mirrored or turned one follows exactly."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, cast

import numpy as np
from numpy.typing import NDArray

from assay.data.copies.spectrum import KEPT, ORIENTATIONS, appearance, contrast, oriented
from assay.data.image import read_image
from assay.data.perceptual_hash import SIDE, thumbnail
from assay.embeddings.key import EmbeddingKey
from assay.embeddings.store import EmbeddingStore
from assay.files import digest_of
from assay.progress import track

if TYPE_CHECKING:
    from assay.data.manifest import Manifest

Float32Array = NDArray[np.float32]

__all__ = ["ORIENTATIONS", "appearance", "appearance_of", "appearances", "contrast", "hashes", "oriented"]

HASHED = 8
VERSION = 1
# The perceptual hash is of the DCT without norms.
_PLAIN = 2 * np.sqrt(SIDE / 2) * np.where(np.arange(HASHED) == 0, np.sqrt(2), 1.0)
_PLACES = np.uint64(1) << np.arange(63, -1, -1, dtype=np.uint64)


def hashes(spectra: Float32Array) -> NDArray[np.uint64]:
    """Perceptual hashes, uint64 [N], as `assay.data.perceptual_hash` defines them."""
    low = spectra.reshape(-1, KEPT, KEPT)[:, :HASHED, :HASHED] * (_PLAIN[:, None] * _PLAIN[None])
    flat = np.round(low, 3).reshape(len(spectra), HASHED * HASHED)
    codes = (flat > np.median(flat, axis=1, keepdims=True)).astype(np.uint64) @ _PLACES
    return cast(NDArray[np.uint64], codes)


def appearances(manifest: Manifest, store: EmbeddingStore, *, threads: int = 4) -> Float32Array:
    """Appearances [N, 256] in the order of a manifest; what the store has not yet is read and kept.

    Raises:
        DataError: a picture cannot be read.
        StoreError: the store cannot be read or written.
    """
    about = {"what": "low frequencies of grey thumbnails", "version": VERSION}
    key = EmbeddingKey(digest_of(about), digest_of([SIDE, KEPT]), KEPT * KEPT, about)
    spectra, available = store.read(key, manifest.pixel_ids)
    missing = np.flatnonzero(~available)
    if len(missing):
        paths = manifest.table["path"].to_numpy()[missing]
        ids = manifest.pixel_ids[missing]
        with store.writer(key) as writer, ThreadPoolExecutor(threads) as pool:
            for start in track(range(0, len(missing), 256), "looking for copies", total=len(missing), step=256):
                part = slice(start, start + 256)
                read = appearance(np.stack(list(pool.map(_small, paths[part]))))
                writer.append(ids[part], read)
                spectra[missing[part]] = read
    return spectra


def appearance_of(paths: Sequence[Path]) -> Float32Array:
    """Appearances [N, 256] of files, computed now."""
    return appearance(np.stack([_small(str(path)) for path in paths]))


def _small(path: str) -> NDArray[np.uint8]:
    return thumbnail(read_image(path))
