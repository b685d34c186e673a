"""KeptPictures: the pictures that were kept with consent, in a folder, each by its HMAC."""

from __future__ import annotations

import io
import os
import re
import secrets
import time
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

NAME = re.compile(r"[0-9a-f]{64}")
ENDING, MAP = ".png", ".map"
"""Of pictures, and of maps over them: PNG too, named after their picture, with which they go."""
GRACE = 3600.0
"""Seconds after which a picture without a row is left over; before, its row may be on its way."""


class KeptPictures:
    """Pictures as the model saw them, in PNG files that are whole or not there.

    They are written anew from their pixels, so whatever else a file can carry (place, camera, names, a thumbnail of
    what was cut away, another file behind the end) cannot come along, of whatever format, known or not; and the pixels
    are those that were answered about, to the last bit. Cutting known segments out of the file that was sent would
    take less room, and keep what nobody thought of.

    Args:
        folder: that is made with the first picture; for its owner alone.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def path(self, picture: str) -> Path:
        """Where a picture lies, or would."""
        return self.folder / picture[:2] / f"{picture}{ENDING}"

    def has(self, picture: str) -> bool:
        """Whether it is there."""
        return self.path(picture).exists()

    def keep(self, picture: str, pixels: NDArray[np.uint8]) -> None:
        """Write a picture; when this returns it is on the disk, and its name too.

        Args:
            picture: its HMAC.
            pixels: uint8 RGB [H, W, 3].

        Raises:
            OSError: there is no room, or the folder cannot be written.
        """
        buffer = io.BytesIO()
        Image.fromarray(pixels).save(buffer, "PNG", compress_level=1)
        self._write(self.path(picture), buffer.getvalue())

    def map_of(self, picture: str, bundle: str) -> bytes | None:
        """The map over a picture by a model, as PNG; None where none was kept.

        Args:
            picture: its HMAC.
            bundle: hex sha256 of the model's.
        """
        try:
            return self._map_path(picture, bundle).read_bytes()
        except FileNotFoundError:
            return None

    def keep_map(self, picture: str, bundle: str, content: bytes) -> None:
        """Write a map over a picture, unless that is kept no longer.

        Args:
            picture: its HMAC.
            bundle: hex sha256 of the model's.
            content: PNG.

        Raises:
            OSError: there is no room, or the folder cannot be written.
        """
        if self.has(picture):
            self._write(self._map_path(picture, bundle), content)
        if not self.has(picture):  # it went while this was written
            self._map_path(picture, bundle).unlink(missing_ok=True)

    def _map_path(self, picture: str, bundle: str) -> Path:
        return self.path(picture).with_name(f"{picture}.{bundle}{MAP}")

    def _write(self, path: Path, content: bytes) -> None:
        for folder in (self.folder, path.parent):
            if not folder.is_dir():
                folder.mkdir(mode=0o700, parents=True, exist_ok=True)
                _sync(folder.parent)
        made = path.with_name(f".{path.name[:8]}-{secrets.token_hex(8)}.new")
        try:
            with os.fdopen(os.open(made, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            made.replace(path)
        finally:
            made.unlink(missing_ok=True)
        _sync(path.parent)

    def remove(self, pictures: Iterable[str]) -> int:
        """Delete pictures, with maps over them; those that are not there are none. Gives how many there were."""
        count, folders = 0, set()
        for picture in pictures:
            path = self.path(picture)
            if path.exists():
                path.unlink(missing_ok=True)
                count += 1
                folders.add(path.parent)
            for made in path.parent.glob(f"{picture}.*{MAP}"):
                made.unlink(missing_ok=True)
        for folder in folders:
            _sync(folder)
        return count

    def all(self) -> Iterator[str]:
        """HMACs of the pictures that are there."""
        for path in self._files():
            if path.suffix == ENDING and NAME.fullmatch(path.stem):
                yield path.stem

    def left_over(self, wanted: set[str], *, seconds: float = GRACE) -> list[Path]:
        """Files that belong to no row: of a process that was killed between picture and row, or while it wrote.

        Args:
            wanted: HMACs of the pictures that rows name.
            seconds: since a file was written, before which its row may be on its way.
        """
        before = time.time() - seconds
        return [
            path
            for path in self._files()
            if not (path.suffix in (ENDING, MAP) and path.name.partition(".")[0] in wanted) and _written(path) < before
        ]

    def bytes(self) -> int:
        """That they take."""
        return sum(path.stat().st_size for path in self._files())

    def _files(self) -> list[Path]:
        return sorted(path for path in self.folder.glob("[0-9a-f][0-9a-f]/*") if path.is_file())


def _written(path: Path) -> float:
    try:
        return path.stat().st_mtime
    except FileNotFoundError:
        return float("inf")


def _sync(folder: Path) -> Any:
    """A name is durable once its folder is."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
