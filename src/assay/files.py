"""Files that are either whole or absent, and digests of what is in them."""

from __future__ import annotations

import hashlib
import json
import logging
import os
import re
import secrets
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

logger = logging.getLogger(__name__)


@contextmanager
def atomic_write(path: Path) -> Iterator[Path]:
    """Yield a temporary path beside `path`; it takes the name `path` only when the block ends without an error.

    A kill, a full disk or a second writer leaves the former file, never half of a new one.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.{os.getpid()}.{secrets.token_hex(4)}.tmp")
    try:
        yield temporary
        with temporary.open("rb") as written:
            os.fsync(written.fileno())
        temporary.replace(path)
    except Exception as error:
        # What a library in Rust could not write, it says in words alone.
        if not isinstance(error, OSError) and (number := re.search(r"\(os error (\d+)\)", str(error))):
            raise OSError(int(number[1]), os.strerror(int(number[1])), str(path)) from error
        raise
    finally:
        temporary.unlink(missing_ok=True)


def link_or_copy(source: Path, target: Path) -> bool:
    """Give a file a second name, or copy it where the file system has no links; a former target gives way in one step.

    Only for files that are written whole and never changed in place: both names are one file.

    Returns:
        Whether it is linked.

    Raises:
        OSError: it can be neither linked nor copied.
    """
    target.parent.mkdir(parents=True, exist_ok=True)
    temporary = target.with_name(f".{target.name}.{os.getpid()}.{secrets.token_hex(4)}.tmp")
    linked = False
    try:
        try:
            os.link(source.resolve(), temporary)
            linked = True
        except FileNotFoundError:
            raise
        except OSError:  # another file system, one without links, too many of them, or a file of somebody else
            shutil.copy2(source, temporary)
        temporary.replace(target)
    finally:
        temporary.unlink(missing_ok=True)  # still there where both names were one file before
    return linked


def write_cache(path: Path, write: Callable[[Path], object], otherwise: str) -> None:
    """Write a file of a cache, whole or not at all; where that cannot be, a warning says what it costs.

    Args:
        path: of the file.
        write: called with the path to write to.
        otherwise: what happens without the file.
    """
    try:
        with atomic_write(path) as temporary:
            write(temporary)
    except OSError as error:
        logger.warning("%s cannot be written (%s): %s", path, error.strerror, otherwise)


def sha256_of_file(path: Path) -> str:
    """Hex sha256 of a file's bytes, read in pieces."""
    with path.open("rb") as opened:
        return hashlib.file_digest(opened, "sha256").hexdigest()


def digest_of(value: Any) -> str:
    """Hex sha256 of a JSON-serialisable value, independent of the order of its keys."""
    text = json.dumps(value, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()
