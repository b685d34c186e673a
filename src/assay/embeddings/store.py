"""EmbeddingStore: vectors of a frozen backbone on disk, computed once for every run and every trial that needs them."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from assay.disk import note_use
from assay.embeddings.key import EmbeddingKey
from assay.embeddings.shard import DamagedShard, count_images, read_shard
from assay.embeddings.shard_writer import ShardWriter, encode_ids
from assay.embeddings.store_files import ABOUT, SUFFIX
from assay.errors import StoreError
from assay.predictions import StrArray

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class StoreProblem:
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
        self.problems: list[StoreProblem] = []

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
        codes = encode_ids(ids)
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

    def validate(self, key: EmbeddingKey | None = None) -> list[StoreProblem]:
        """Read every shard of a key, or of the whole store, in full; nothing is moved.

        With a key, shards are held against it. Without, the key is rebuilt from each folder's about.json, and a folder
        without a readable one is a problem too: no run would find what is in it.
        """
        problems: list[StoreProblem] = []
        for folder in [self.folder(key)] if key is not None else list(self._folders()):
            try:
                own = key or _key_of(folder)
            except (OSError, ValueError, KeyError, TypeError) as error:
                problems.append(StoreProblem(folder, f"about.json does not name the key of this folder ({error})"))
                continue
            for path in self._shards(folder):
                try:
                    read_shard(path, own)
                except (DamagedShard, OSError) as error:
                    problems.append(StoreProblem(path, str(error)))
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
        problem = StoreProblem(path, str(error), moved_to)
        self.problems.append(problem)
        logger.warning("%s; its images are computed again", problem)


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
