"""What lies on disk: its size, when it was last used, and how it goes without anybody seeing half of it."""

from __future__ import annotations

import logging
import os
import secrets
import shutil
import stat
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

logger = logging.getLogger(__name__)

NOTED_EVERY = 3600.0
"""Seconds: a use is noted once in this time, so that a hot cache is not written to all the time."""

ATTEMPTS = 5
"""At deleting a folder into which somebody writes."""


@dataclass(frozen=True)
class DiskUse:
    """What a file, or a folder with all that is in it, takes.

    Attributes:
        size: bytes of its files; a file with several names counts once.
        used: when one of them was last read or written, in seconds since 1970; 0.0 where there is nothing.
        held: bytes of files that have a name elsewhere too, so that they stay when these go.
    """

    size: int = 0
    used: float = 0.0
    held: int = 0

    def __add__(self, other: DiskUse) -> DiskUse:
        return DiskUse(self.size + other.size, max(self.used, other.used), self.held + other.held)

    @property
    def freed(self) -> int:
        """Bytes that are free when it goes."""
        return self.size - self.held


def disk_use(*paths: Path) -> DiskUse:
    """What these take together; a path that is not there, or vanishes meanwhile, counts for nothing.

    Links are not followed. When a file was read says its access time, which `note_use` sets by itself; where the file
    system keeps none, a file counts as used when it was written.
    """
    size, last = 0, 0.0
    linked: dict[tuple[int, int], tuple[os.stat_result, int]] = {}
    for path in paths:
        for status in _entries(path):
            # Reading a folder or a link is no use of it: this function does.
            is_file = stat.S_ISREG(status.st_mode)
            last = max(last, status.st_atime if is_file else 0.0, status.st_mtime)
            if is_file and status.st_nlink > 1:
                file = (status.st_dev, status.st_ino)
                linked[file] = status, linked.get(file, (status, 0))[1] + 1
            elif not stat.S_ISDIR(status.st_mode):
                size += status.st_size
    size += sum(status.st_size for status, _ in linked.values())
    return DiskUse(size, last, sum(status.st_size for status, names in linked.values() if names < status.st_nlink))


def note_use(path: Path) -> None:
    """Note that a file of a cache was used now, so that it is not the first to go; nothing where that cannot be."""
    with suppress(OSError):
        status = path.stat()
        now = time.time_ns()
        if now - status.st_atime_ns > NOTED_EVERY * 1e9:
            os.utime(path, ns=(now, status.st_mtime_ns))


def read_unnoticed(path: Path) -> str:
    """The text of a file of a cache, without this counting as a use of it.

    Raises:
        OSError: it cannot be read.
        ValueError: it is no text.
    """
    status = path.stat()
    text = path.read_text(encoding="utf-8")
    with suppress(OSError):
        os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns))
    return text


def remove(path: Path) -> bool:
    """Take a file or folder away: it loses its name in one step, and what is left under another is deleted then.

    Whoever has opened a file goes on reading it. A kill in the middle leaves `.NAME.….tmp` beside it.

    Returns:
        Whether it was there.

    Raises:
        OSError: it may not be removed.
    """
    aside = path.with_name(f".{path.name}.{os.getpid()}.{secrets.token_hex(4)}.tmp")
    try:
        path.rename(aside)
    except FileNotFoundError:
        return False
    if aside.is_symlink() or not aside.is_dir():
        aside.unlink()
        return True
    for attempt in range(ATTEMPTS):
        try:
            shutil.rmtree(aside)
            break
        except OSError:  # who had found the folder before it lost its name may have put one more file into it
            if attempt == ATTEMPTS - 1:
                raise
    return True


def is_leftover(path: Path) -> bool:
    """Whether a path has the name of something that was being written or removed, `.NAME.PROCESS.HEX.tmp`."""
    parts = path.name.rsplit(".", 3)
    return path.name.startswith(".") and len(parts) == 4 and parts[3] == "tmp" and parts[1].isdigit()


def _entries(path: Path) -> Iterator[os.stat_result]:
    """The status of a file, or of a folder and all that is in it."""
    try:
        status = path.lstat()
    except OSError:
        return
    yield status
    if stat.S_ISDIR(status.st_mode):
        for folder, folders, files in os.walk(path):
            for name in (*folders, *files):
                with suppress(OSError):
                    yield os.lstat(os.path.join(folder, name))  # noqa: PTH118  # a hundred thousand times
