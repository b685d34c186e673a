"""StoredIds: which images lie under a key, as its files say, asked again and again while others add to them."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from assay.embeddings.shard import DamagedShard, read_ids
from assay.embeddings.store_files import SUFFIX
from assay.errors import StoreError


class StoredIds:
    """Each file is opened once, for its ids alone; whether its vectors are sound shows when they are read.

    Args:
        folder: of a key; need not exist.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._of: dict[str, list[bytes]] = {}
        self._ids: set[bytes] = set()

    def refresh(self) -> None:
        """Look at the files that came, and forget those that went.

        Raises:
            StoreError: the folder cannot be read.
        """
        try:
            files = {path.name: path for path in self._folder.iterdir() if path.suffix == SUFFIX}
        except FileNotFoundError:
            files = {}
        except OSError as error:
            raise StoreError(f"{self._folder}: the embedding store cannot be read: {error}") from error
        for name in self._of.keys() - files.keys():
            del self._of[name]
            self._ids = set().union(*self._of.values())
        for name in files.keys() - self._of.keys():
            try:
                self._of[name] = read_ids(files[name])
            except (DamagedShard, OSError):
                continue  # whoever reads its vectors sets it aside
            self._ids.update(self._of[name])

    def missing(self, ids: Iterable[bytes]) -> int:
        """How many of these are in no file."""
        return sum(image not in self._ids for image in ids)
