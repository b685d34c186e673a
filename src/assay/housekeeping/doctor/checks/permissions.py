"""permissions: what the service keeps of people is nobody else's to read, and what it writes into can be written."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from pathlib import Path

from assay.housekeeping.doctor.diagnosis import MEND, Diagnosis, broken, ok
from assay.housekeeping.doctor.health_check import HealthCheck
from assay.housekeeping.doctor.installation import Installation, nearest

OTHERS = 0o077


def _examine(installation: Installation) -> Iterator[Diagnosis]:
    private, open_to = private_paths(installation), open_paths(installation)
    foreign = [path for path in open_to if not _ours(path)]
    ours = [path for path in open_to if _ours(path)]
    if ours:
        yield broken(f"{_named(ours)}: others of this machine can read what the service keeps of people", MEND)
    if foreign:
        yield broken(
            f"{_named(foreign)}: others can read it, and it belongs to another user",
            f"chmod -R go= {foreign[0]}, as its owner or root",
        )
    locked = {name: place for name, place in installation.places.items() if not os.access(nearest(place), os.W_OK)}
    for name, place in locked.items():
        yield broken(
            f"{place}: the folder of {name} cannot be written by this user",
            f"as root: chown -R {os.geteuid()} {nearest(place)}",
        )
    if not open_to and not locked:
        yield ok(f"{len(private)} files and folders of people are their owner's alone; all folders can be written")


def private_paths(installation: Installation) -> list[Path]:
    """Files and folders that hold something of people, those that are there."""
    file, folders = installation.store_file, installation.folders
    places = [folders.pictures.folder, folders.jobs, *sorted(folders.exports.glob("*.zip"))]
    if file is not None:
        places += [file.with_name(file.name + end) for end in ("", "-wal", "-shm")]
    if installation.request.tls_key or installation.request.tls_cert:
        places.append(Path(installation.request.tls_key or installation.request.tls_cert).expanduser())
    return [place for place in places if place is not None and place.exists()]


def open_paths(installation: Installation) -> list[Path]:
    """Those of `private_paths` that others than their owner can read, write or enter."""
    return [path for path in private_paths(installation) if stat.S_IMODE(path.stat().st_mode) & OTHERS]


def _mend(installation: Installation) -> None:
    for path in open_paths(installation):
        if _ours(path):
            path.chmod(stat.S_IMODE(path.stat().st_mode) & ~OTHERS)


def _ours(path: Path) -> bool:
    return os.geteuid() in (0, path.stat().st_uid)


def _named(paths: list[Path]) -> str:
    return ", ".join(map(str, paths))


CHECK = HealthCheck("permissions", "What is kept of people is nobody else's to read", _examine, _mend)
