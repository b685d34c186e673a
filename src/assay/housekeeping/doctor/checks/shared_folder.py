"""shared_folder: no SQLite file lies on a network drive, where its locks do not hold."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from assay.database.url import sqlite_file
from assay.housekeeping.doctor.diagnosis import Diagnosis, absent, broken, ok, warning
from assay.housekeeping.doctor.health_check import HealthCheck
from assay.housekeeping.doctor.installation import Installation

NETWORK = {
    "nfs",
    "nfs4",
    "cifs",
    "smb3",
    "smbfs",
    "9p",
    "afs",
    "ceph",
    "glusterfs",
    "lustre",
    "gpfs",
    "beegfs",
    "ncpfs",
}
NETWORK_FUSE = ("fuse.sshfs", "fuse.glusterfs", "fuse.ceph", "fuse.s3fs", "fuse.gcsfuse", "fuse.rclone", "fuse.davfs")
MEMORY = ("tmpfs", "ramfs")


def _examine(installation: Installation) -> Iterator[Diagnosis]:
    if not installation.mounts.exists():
        yield absent("this system does not list its mounts")
        return
    mounts = read_mounts(installation.mounts.read_text("utf-8", "replace"))
    files = {"service's": installation.store_file, "tracking": sqlite_file(installation.tracking.uri)}
    for called, file in files.items():
        if file is None:
            continue
        place, kind = mount_of(file, mounts)
        if kind in NETWORK or kind.startswith(NETWORK_FUSE):
            yield broken(
                f"{file}: the {called} database lies on {place}, a network drive ({kind}), where SQLite's locks do "
                "not hold and two writers destroy it",
                "assay backup to=service-copy.db, then assay backup restore=service-copy.db store=FILE on a disk of "
                "this machine, or a server: store=postgresql://…"
                if called == "service's"
                else "move the folder of runs to a disk of this machine, or use a server: tracking=server",
            )
        elif kind in MEMORY:
            yield warning(
                f"{file}: the {called} database lies on {place} in memory ({kind}), and is gone with the machine",
                "move it to a disk",
            )
        else:
            yield ok(f"the {called} database lies on {place} ({kind or 'unknown kind'})")


def read_mounts(text: str) -> dict[Path, str]:
    r"""Place -> kind of file system.

    Args:
        text: lines as of `/proc/mounts`: device, place, kind, options; a space in a place is written `\040`.
    """
    mounts = {}
    for line in text.splitlines():
        words = line.split()
        if len(words) >= 3:
            mounts[Path(words[1].encode().decode("unicode_escape"))] = words[2]
    return mounts


def mount_of(file: Path, mounts: dict[Path, str]) -> tuple[Path, str]:
    """Where the file system begins that a file lies on, and its kind; "" where that is not known."""
    path = file.absolute().resolve()
    for place in (path, *path.parents):
        if place in mounts:
            return place, mounts[place]
    return Path("/"), ""


CHECK = HealthCheck("shared_folder", "No SQLite file lies on a network drive", _examine)
