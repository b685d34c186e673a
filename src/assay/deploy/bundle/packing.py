"""A folder that is written whole or not at all."""

from __future__ import annotations

import os
import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Packing:
    """A folder in the making.

    Attributes:
        folder: where it is for now.
    """

    folder: Path

    def copy(self, source: Path, name: str) -> None:
        """Take a file, or the files of a folder, under this name."""
        target = self.folder / name
        target.parent.mkdir(parents=True, exist_ok=True)
        if source.is_dir():
            shutil.copytree(source, target)
        else:
            shutil.copyfile(source, target)


@contextmanager
def packed(folder: Path) -> Iterator[Packing]:
    """Yield a folder in the making, which takes the place of `folder` only when the block ends without an error."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    mark = f"{os.getpid()}.{secrets.token_hex(4)}"
    making, former = (folder.with_name(f".{folder.name}.{mark}.{what}") for what in ("new", "old"))
    making.mkdir()
    try:
        yield Packing(making)
        if folder.exists():
            folder.rename(former)
        try:
            making.rename(folder)
        except OSError:
            if former.exists():
                former.rename(folder)
            raise
    finally:
        for stale in (making, former):
            shutil.rmtree(stale, ignore_errors=True)
