"""Versions: saved manifests of a folder, each behind the one that it was made from."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from assay.data.manifest import Manifest
from assay.data.sources.table import is_manifest
from assay.errors import DataError

SUFFIX = ".parquet"


@dataclass(frozen=True)
class Version:
    """A saved manifest.

    Attributes:
        path: its file.
        digest: of what it says, by which it is known as a version; "" where it cannot be read.
        parent: digest of the manifest that it was made from; "" where that is not known.
        depth: how many manifests of the folder it was made from, one after the other.
        images: labelled and others.
        excluded: files that it leaves out.
        splits: images by split.
        command: that made it; "" where that is not known.
        time: UTC, ISO 8601: when it was made, or else when the file was written.
        problem: why it cannot be read; "" where it can.
    """

    path: str
    digest: str
    parent: str = ""
    depth: int = 0
    images: int = 0
    excluded: int = 0
    splits: tuple[tuple[str, int], ...] = ()
    command: str = ""
    time: str = ""
    problem: str = ""


def versions_in(folder: Path) -> list[Version]:
    """Every saved manifest in a folder and the folders in it: parents before what was made from them, then by time.

    Raises:
        DataError: there is no such folder.
    """
    if not folder.is_dir():
        raise DataError(f"{folder}: no such folder")
    return _in_order([version for path in _files(folder) if (version := version_of(path)) is not None])


def version_of(path: Path) -> Version | None:
    """What a file is as a version; None where it is no saved manifest."""
    written = datetime.fromtimestamp(path.stat().st_mtime, UTC).isoformat(timespec="seconds")
    try:
        if not is_manifest(path):
            return None
        manifest = Manifest.load(path)
    except DataError as error:
        return Version(str(path), "", time=written, problem=str(error).removeprefix(f"{path}: "))
    lineage, counts = manifest.lineage, manifest.table["split"].value_counts()
    return Version(
        str(path),
        manifest.digest,
        "" if lineage is None else lineage.parent,
        images=len(manifest),
        excluded=len(manifest.excluded),
        splits=tuple((split, int(counts[split])) for split in manifest.splits),
        command="" if lineage is None else lineage.command,
        time=(lineage.time if lineage else "") or written,
    )


def manifest_at(name: str) -> tuple[Path, Manifest]:
    """The manifest of a file, or of a folder that holds `manifest.parquet`.

    Raises:
        DataError: there is none.
    """
    path = Path(name).expanduser()
    path = path / "manifest.parquet" if path.is_dir() else path
    if not path.is_file():
        raise DataError(f"{path}: no such file; name a manifest, or a folder with a manifest.parquet")
    if not is_manifest(path):
        raise DataError(f"{path}: is no saved manifest")
    return path, Manifest.load(path)


def _files(folder: Path) -> Iterator[Path]:
    for place, folders, names in os.walk(folder):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        yield from (Path(place, name) for name in sorted(names) if name.lower().endswith(SUFFIX) and name[0] != ".")


def _in_order(versions: Sequence[Version]) -> list[Version]:
    known = {version.digest for version in versions if version.digest}
    children: dict[str, list[Version]] = {}
    for version in sorted(versions, key=lambda each: (each.time, each.path)):
        # One that undid all changes is its own grandparent's version: it begins anew.
        parent = version.parent if version.parent in known and version.parent != version.digest else ""
        children.setdefault(parent, []).append(version)
    ordered: list[Version] = []
    placed: set[str] = set()

    def place(digest: str, depth: int) -> None:
        for version in children.get(digest, []):
            if version.path in placed:
                continue
            placed.add(version.path)
            ordered.append(replace(version, depth=depth))
            if version.digest:
                place(version.digest, depth + 1)

    place("", 0)
    for version in versions:  # a circle of manifests that were made from one another
        if version.path not in placed:
            placed.add(version.path)
            ordered.append(version)
            place(version.digest, 1)
    return ordered
