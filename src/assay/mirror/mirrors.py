"""Mirrors: folders of the cache that hold what lies at an address; a file is fetched again when it is another one."""

from __future__ import annotations

import hashlib
import json
import logging
import shutil
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import suppress
from dataclasses import astuple
from pathlib import Path, PurePosixPath

from assay.config.addresses import is_address, name_of, parent_of
from assay.config.amounts import bytes_of
from assay.data.listing import IMAGE_SUFFIXES
from assay.data.sources.layout import METADATA
from assay.database.locks import file_lock
from assay.disk import disk_use, note_use, remove
from assay.errors import DataError
from assay.files import atomic_write
from assay.mirror.remote import RemoteFile, RemoteFolder
from assay.progress import track

logger = logging.getLogger(__name__)

FOLDER = "mirrors"
"""In the cache."""
INDEX, LOCK = "mirror.json", "mirror.lock"
THREADS = 8
NOTED_EVERY = 200
"""Files, after which it is written down what has come: a mirror that was killed fetches so many again at most."""
RESERVE = 10**9
"""Bytes of the disk that a mirror leaves free."""
IN_USE = 3600.0
"""Seconds: what somebody read within this time stays."""
PATIENCE = 12 * 3600.0
"""Seconds that a second process waits for a mirror that is being filled."""


def mirrored(address: str, cache: Path, limit: str, key: str = "data.root") -> Path:
    """The folder with the pictures and metadata tables that lie at an address now.

    Files that are there by the size and the mark that the address lists are kept; the others are fetched, and what is
    no longer listed goes. Mirrors that were used longest ago make room for this one.

    Args:
        address: of a folder, as `s3://bucket/photos`.
        cache: of all runs.
        limit: of all mirrors together, as `50GB`.
        key: that it was typed for, which messages name.

    Returns:
        A folder whose name is the last of the address.

    Raises:
        ConfigError: a package is missing, or address or limit cannot be read.
        DataError: nothing lies there, it cannot be reached, or it has no room.
    """
    most = bytes_of("mirror_limit", limit)
    remote = RemoteFolder(address, key)
    home = cache / FOLDER / mark_of(address)
    folder = home / (PurePosixPath(remote.address.partition("://")[2]).name or "images")
    home.mkdir(parents=True, exist_ok=True)
    with file_lock(home / LOCK, patience=PATIENCE):
        listed = remote.listed()
        wanted = [file for file in listed if _is_wanted(file.name)]
        if not wanted:
            raise DataError(f"{key}={remote.address}: {len(listed)} files lie there, none of them named like an image")
        if len(wanted) < len(listed):
            logger.info("%s: %d files are no images and were not fetched", remote.address, len(listed) - len(wanted))
        kept = _kept(home, folder)
        missing = [file for file in wanted if kept.get(file.name) != file]
        _forget(folder, set(kept) - {file.name for file in wanted})
        if missing:
            _make_room(f"{key}={remote.address}", wanted, missing, home, most)
            _fetch(remote, missing, {file.name: kept[file.name] for file in wanted if file.name in kept}, home, folder)
        note_use(home / INDEX)
    return folder


def mark_of(address: str) -> str:
    """What the folder of an address is called in the cache."""
    return hashlib.sha256(address.rstrip("/").encode()).hexdigest()[:16]


def mirrored_file(address: str, cache: Path, key: str) -> Path:
    """The one file that lies at an address now: read at each call, and written where it is another one.

    Args:
        address: of a file, as `s3://bucket/photos/labels.csv`.
        cache: of all runs.
        key: that it was typed for, which messages name.

    Returns:
        A file whose name is the last of the address.

    Raises:
        ConfigError: a package is missing, or the address cannot be read.
        DataError: it is not there, is a folder, or cannot be reached.
    """
    parent, name = parent_of(address), name_of(address)
    if not is_address(f"{parent}/") or parent.endswith("/") or name in {"", ".", ".."}:
        raise DataError(f"{key}={address}: names no file; type the whole address, as s3://bucket/photos/labels.csv")
    remote = RemoteFolder(parent, key)
    data = remote.read(remote.file(name))
    file = cache / FOLDER / mark_of(address) / name
    if not file.is_file() or file.read_bytes() != data:
        with atomic_write(file) as temporary:
            temporary.write_bytes(data)
    return file


def _is_wanted(name: str) -> bool:
    path = PurePosixPath(name)
    return path.suffix.lower() in IMAGE_SUFFIXES or path.name in METADATA


def _kept(home: Path, folder: Path) -> dict[str, RemoteFile]:
    """What was fetched and is there, by name."""
    try:
        entries = [RemoteFile(*entry) for entry in json.loads((home / INDEX).read_text(encoding="utf-8"))["files"]]
    except (OSError, ValueError, TypeError, KeyError):
        return {}
    kept = {}
    for entry in entries:
        with suppress(OSError):
            if (folder / entry.name).stat().st_size == entry.size:
                kept[entry.name] = entry
    return kept


def _forget(folder: Path, names: set[str]) -> None:
    for name in names:
        (folder / name).unlink(missing_ok=True)


def _make_room(said: str, wanted: Sequence[RemoteFile], missing: Sequence[RemoteFile], home: Path, most: int) -> None:
    """Let the mirrors go that were used longest ago until this one has room.

    Raises:
        DataError: it is larger than what all may take, or than what is free.
    """
    size, coming = sum(file.size for file in wanted), sum(file.size for file in missing)
    if size > most:
        raise DataError(
            f"{said}: {len(wanted)} files of {_gigabytes(size)} lie there, and mirrors may take "
            f"{_gigabytes(most)}; allow more by mirror_limit={-(-size // 10**9) + 1}GB"
        )
    others = [(disk_use(other), other) for other in home.parent.iterdir() if other.is_dir() and other != home]
    taken = sum(use.size for use, _ in others)
    for use, other in sorted(others, key=lambda entry: entry[0].used):
        if taken + size <= most:
            break
        if time.time() - use.used > IN_USE and remove(other):
            taken -= use.size
            logger.warning("%s left the cache to make room for %s; it is fetched again when it is used", other, said)
    if taken + size > most:
        raise DataError(
            f"{said}: {_gigabytes(size)} lie there, and other mirrors, which were used within the hour, "
            f"take {_gigabytes(taken)} of the {_gigabytes(most)} for all; allow more by "
            f"mirror_limit={-(-(taken + size) // 10**9) + 1}GB"
        )
    free = shutil.disk_usage(home).free
    if coming + RESERVE > free:
        raise DataError(
            f"{said}: {_gigabytes(coming)} are to come, and {_gigabytes(free)} are free at {home}; make "
            "room (assay clean lists what can go), or set cache to a folder on a larger disk"
        )


def _fetch(
    remote: RemoteFolder, missing: Sequence[RemoteFile], kept: dict[str, RemoteFile], home: Path, folder: Path
) -> None:
    fetched = dict(kept)
    pool = ThreadPoolExecutor(THREADS, thread_name_prefix="mirror")
    try:
        coming = {pool.submit(_fetch_one, remote, file, folder): file for file in missing}
        for number, done in enumerate(track(as_completed(coming), f"fetching {remote.address}", total=len(missing)), 1):
            done.result()
            fetched[coming[done].name] = coming[done]
            if number % NOTED_EVERY == 0:
                _note(remote.address, fetched, home)
    finally:
        pool.shutdown(cancel_futures=True)
        _note(remote.address, fetched, home)


def _fetch_one(remote: RemoteFolder, file: RemoteFile, folder: Path) -> None:
    path = folder / file.name
    try:
        with atomic_write(path) as temporary:
            temporary.write_bytes(remote.read(file))
    except (NotADirectoryError, FileExistsError, IsADirectoryError) as error:
        raise DataError(
            f"{remote.address}/{file.name}: another file has the name of a folder that this one lies in; rename one"
        ) from error


def _note(address: str, fetched: dict[str, RemoteFile], home: Path) -> None:
    content = {"address": address, "files": [astuple(file) for _, file in sorted(fetched.items())]}
    with atomic_write(home / INDEX) as temporary:
        temporary.write_text(json.dumps(content), encoding="utf-8")


def _gigabytes(size: int) -> str:
    return f"{size / 10**9:.3g} GB"
