"""ShardWriter: vectors go to disk in shards, in a folder that other processes fill, read and prune meanwhile."""

from __future__ import annotations

import json
import time
from collections.abc import Sequence
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType

import numpy as np
from numpy.typing import NDArray

from assay.embeddings.key import EmbeddingKey
from assay.embeddings.shard import MAX_IMAGES, write_shard
from assay.embeddings.store_files import ABOUT
from assay.errors import StoreError
from assay.files import atomic_write
from assay.predictions import StrArray

FLUSH_SECONDS = 30.0
LEFTOVER_SECONDS = 3600.0
ATTEMPTS = 10
"""At writing into a folder that others prune meanwhile."""


class ShardWriter:
    """Collects vectors of one key and writes a shard for every 1,024 images, every 30 seconds, and when it closes.

    It closes on errors too: what was computed before an interruption is kept.
    """

    def __init__(self, folder: Path, key: EmbeddingKey) -> None:
        self._folder = folder
        self._key = key
        self._ids: list[NDArray[np.bytes_]] = []
        self._vectors: list[NDArray[np.float32]] = []
        self._waiting = 0
        self._flushed_at = time.monotonic()

    def __enter__(self) -> ShardWriter:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.flush()

    def append(self, ids: StrArray | Sequence[str], vectors: NDArray[np.floating]) -> None:
        """Take vectors [n, D] of n images; they are on disk after the next flush.

        Raises:
            StoreError: the shape is not [n, D], a vector is not finite (nothing of this call is taken then), or the
                shard that became full cannot be written.
        """
        expected = (len(ids), self._key.dim)
        if vectors.shape != expected:
            raise StoreError(f"vectors have shape {vectors.shape}; {len(ids)} images of this key need {expected}")
        wrong = np.flatnonzero(~np.isfinite(vectors).all(axis=1))
        if len(wrong):
            raise StoreError(
                f"the embedding of image {ids[wrong[0]]} is not finite ({len(wrong)} of {len(ids)} in this batch). "
                "Look at the picture and the weights of the backbone; nothing that is not a number is stored."
            )
        self._ids.append(encode_ids(ids))
        self._vectors.append(np.array(vectors, dtype=np.float32))  # a copy: the caller may use its buffer again
        self._waiting += len(ids)
        if self._waiting >= MAX_IMAGES or time.monotonic() - self._flushed_at > FLUSH_SECONDS:
            self.flush()

    def flush(self) -> None:
        """Write what waits.

        Raises:
            StoreError: the disk is full, or the folder may not be written.
        """
        self._flushed_at = time.monotonic()
        if not self._waiting:
            return
        ids, vectors = np.concatenate(self._ids), np.concatenate(self._vectors)
        try:
            for start in range(0, len(ids), MAX_IMAGES):
                part = slice(start, start + MAX_IMAGES)
                self._write(ids[part], vectors[part])
        except OSError as error:
            raise StoreError(
                f"{self._folder}: embeddings cannot be written: {error}. Free some space, or give a folder "
                "that may be written, cache=DIR; what is already stored stays."
            ) from error
        self._ids, self._vectors, self._waiting = [], [], 0

    def _write(self, ids: NDArray[np.bytes_], vectors: NDArray[np.float32]) -> None:
        """Write one shard into an introduced folder, also where somebody takes the folder away in between."""
        for attempt in range(ATTEMPTS):
            try:
                self._introduce()
                write_shard(self._folder, self._key, ids, vectors)
                self._introduce()
                return
            except (FileNotFoundError, FileExistsError):  # the latter where it goes while `mkdir` looks at it
                if attempt == ATTEMPTS - 1:
                    raise

    def _introduce(self) -> None:
        self._folder.mkdir(parents=True, exist_ok=True)
        for leftover in self._folder.glob(".*.tmp"):  # of writers that were killed
            with suppress(FileNotFoundError):  # another writer tidies up too
                if time.time() - leftover.stat().st_mtime > LEFTOVER_SECONDS:
                    leftover.unlink()
        about = self._folder / ABOUT
        if about.exists():
            return
        key = self._key
        content = {
            "what": "Embeddings of images by a frozen backbone; a cache that Assay fills again when it is deleted.",
            **key.about,
            "dim": key.dim,
            "weights": key.weights,
            "preprocessing": key.preprocessing,
            "created": datetime.now(UTC).isoformat(timespec="seconds"),
        }
        with atomic_write(about) as temporary:
            temporary.write_text(json.dumps(content, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")


def encode_ids(ids: StrArray | Sequence[str]) -> NDArray[np.bytes_]:
    """Ids as the bytes that a shard holds."""
    if not len(ids):
        return np.empty(0, dtype="S1")
    return np.char.encode(np.asarray(ids, dtype=np.str_), "utf-8")
