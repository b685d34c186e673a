"""EmbeddingStore: vectors of a frozen backbone on disk, computed once for every run and every trial that needs them."""

from __future__ import annotations

import json
import logging
import time
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from assay.disk import note_use
from assay.embeddings.key import EmbeddingKey
from assay.embeddings.shard import MAX_IMAGES, DamagedShard, count_images, read_shard, write_shard
from assay.embeddings.store_files import ABOUT, SUFFIX
from assay.errors import StoreError
from assay.files import atomic_write
from assay.predictions import StrArray

logger = logging.getLogger(__name__)

FLUSH_SECONDS = 30.0
LEFTOVER_SECONDS = 3600.0
ATTEMPTS = 10
"""At writing into a folder that others prune meanwhile."""


@dataclass(frozen=True)
class Problem:
    """Something in the store that cannot be trusted: where, what, and whether it was moved out of the way."""

    path: Path
    what: str
    moved_to: Path | None = None

    def __str__(self) -> str:
        return f"{self.path}: {self.what}" + (f"; set aside as {self.moved_to}" if self.moved_to else "")


@dataclass(frozen=True)
class StoredKey:
    """One folder of the store: its about.json, how many shards and images (duplicates included), bytes on disk."""

    folder: Path
    about: dict[str, Any]
    shards: int
    images: int
    size: int


class EmbeddingStore:
    """Vectors by key and image id, in checksummed shards of at most 1,024 images.

    Any number of processes may read, write and prune at once: a shard has a name of its own, appears whole or not at
    all and is never changed afterwards. Two writers may store the same image twice; the older one is read. A reader
    verifies every shard it takes vectors from; a damaged one is set aside in `damaged/`, reported in the log and in
    `problems`, and its images count as missing. A killed writer loses what it had not yet flushed: at most one shard.

    Attributes:
        root: the folder; need not exist.
        problems: what this object found damaged so far.
    """

    def __init__(self, root: Path) -> None:
        self.root = Path(root)
        self.problems: list[Problem] = []

    def folder(self, key: EmbeddingKey) -> Path:
        """Where the shards of a key lie."""
        return self.root / key.digest[:32]

    def read(self, key: EmbeddingKey, ids: StrArray | Sequence[str]) -> tuple[NDArray[np.float32], NDArray[np.bool_]]:
        """Vectors of the images that are stored.

        Args:
            key: which embeddings.
            ids: [N] image ids; one id may come more than once.

        Returns:
            float32 [N, D], rows of missing images unset, and bool [N], true where the row was found. Besides the
            result one shard is held in memory at a time.

        Raises:
            StoreError: the folder cannot be read.
        """
        codes = _encode(ids)
        vectors = np.empty((len(codes), key.dim), dtype=np.float32)
        available = np.zeros(len(codes), dtype=bool)
        first: dict[bytes, int] = {}
        rows = np.array([first.setdefault(code, row) for row, code in enumerate(codes.tolist())], dtype=np.int64)
        wanted = dict(first)
        for path in self._shards(self.folder(key)):
            if not wanted:
                break
            try:
                shard = read_shard(path, key, wanted)
            except FileNotFoundError:
                continue  # another process has just set it aside
            except (DamagedShard, OSError) as error:
                self._report(path, error)
                continue
            if shard is None:
                continue
            taken = [(row, wanted.pop(image)) for row, image in enumerate(shard.ids.tolist()) if image in wanted]
            places, into = np.array(taken, dtype=np.int64).T
            vectors[into] = shard.vectors[places]
            available[into] = True
        if available.any():
            note_use(self.folder(key) / ABOUT)
        repeated = np.flatnonzero(rows != np.arange(len(rows)))
        vectors[repeated], available[repeated] = vectors[rows[repeated]], available[rows[repeated]]
        return vectors, available

    def writer(self, key: EmbeddingKey) -> ShardWriter:
        """A context manager whose `append` stores vectors under the key."""
        return ShardWriter(self.folder(key), key)

    def validate(self, key: EmbeddingKey | None = None) -> list[Problem]:
        """Read every shard of a key, or of the whole store, in full; nothing is moved.

        With a key, shards are held against it. Without, the key is rebuilt from each folder's about.json, and a folder
        without a readable one is a problem too: no run would find what is in it.
        """
        problems: list[Problem] = []
        for folder in [self.folder(key)] if key is not None else list(self._folders()):
            try:
                own = key or _key_of(folder)
            except (OSError, ValueError, KeyError, TypeError) as error:
                problems.append(Problem(folder, f"about.json does not name the key of this folder ({error})"))
                continue
            for path in self._shards(folder):
                try:
                    read_shard(path, own)
                except (DamagedShard, OSError) as error:
                    problems.append(Problem(path, str(error)))
        return problems

    def contents(self) -> list[StoredKey]:
        """What is stored under each key; shards that cannot be opened count with 0 images."""
        stored = []
        for folder in self._folders():
            shards = self._shards(folder)
            try:
                about = json.loads((folder / ABOUT).read_text())
            except (OSError, ValueError):
                about = {}
            images = sum(_count(path) for path in shards)
            stored.append(StoredKey(folder, about, len(shards), images, sum(path.stat().st_size for path in shards)))
        return stored

    def _folders(self) -> Iterator[Path]:
        if self.root.is_dir():
            yield from sorted(path for path in self.root.iterdir() if path.is_dir() and len(path.name) == 32)

    def _shards(self, folder: Path) -> list[Path]:
        try:
            return sorted(path for path in folder.iterdir() if path.suffix == SUFFIX)
        except FileNotFoundError:
            return []
        except OSError as error:
            raise StoreError(f"{folder}: the embedding store cannot be read: {error}") from error

    def _report(self, path: Path, error: Exception) -> None:
        moved_to = None
        # Without permission the content is unknown, not damaged: whoever may read it still can.
        if not isinstance(error, PermissionError):
            aside = path.parent / "damaged" / path.name
            try:
                aside.parent.mkdir(exist_ok=True)
                moved_to = path.rename(aside)
            except OSError as refused:
                logger.debug("%s cannot be set aside: %s", path, refused)
        problem = Problem(path, str(error), moved_to)
        self.problems.append(problem)
        logger.warning("%s; its images are computed again", problem)


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
        self._ids.append(_encode(ids))
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


def _encode(ids: StrArray | Sequence[str]) -> NDArray[np.bytes_]:
    if not len(ids):
        return np.empty(0, dtype="S1")
    return np.char.encode(np.asarray(ids, dtype=np.str_), "utf-8")


def _key_of(folder: Path) -> EmbeddingKey:
    about = json.loads((folder / ABOUT).read_text(encoding="utf-8"))
    key = EmbeddingKey(about["weights"], about["preprocessing"], about["dim"])
    if key.digest[:32] != folder.name:
        raise ValueError("its weights, preprocessing and dim give another name")
    return key


def _count(path: Path) -> int:
    try:
        return count_images(path)
    except (DamagedShard, OSError):
        return 0
