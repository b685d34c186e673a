"""The files of a bundle: which are there, what they have to hold, and which are never let in."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from assay.errors import BundleError
from assay.files import sha256_of_file

ABOUT = "bundle.json"
"""What the bundle is, and the digest of every other file."""
KINDS = (".json", ".safetensors", ".onnx", ".parquet", ".md", ".csv", ".png")
"""Endings of files that hold data; anything else may hold code (pickles do) and is refused."""


@dataclass(frozen=True)
class FileEntry:
    """One file.

    Attributes:
        sha256: of its bytes, hex.
        bytes: its length.
    """

    sha256: str
    bytes: int


def entries(folder: Path, *, besides: str) -> dict[str, FileEntry]:
    """Every file below a folder by its path within it, but for one.

    Raises:
        BundleError: a file is of a kind that a bundle does not take.
    """
    names = sorted(name for name in _names(folder) if name != besides)
    for name in names:
        _refuse_kind(folder, name)
    return {name: FileEntry(sha256_of_file(folder / name), (folder / name).stat().st_size) for name in names}


def check_contents(folder: Path, files: Mapping[str, FileEntry], *, besides: str) -> None:
    """Hold every file below a folder against what is said of it.

    Raises:
        BundleError: one is missing, changed, not listed, a link, outside of the folder, or of a kind that can run code.
    """
    for name in files:
        path = PurePosixPath(name)
        if path.is_absolute() or ".." in path.parts or "\\" in name or str(path) != name:
            raise BundleError(f"{folder}: lists {name!r}, which is not a path inside of the bundle; do not use it")
    present = set(_names(folder)) - {besides}
    if missing := sorted(set(files) - present):
        raise BundleError(f"{folder}: {missing[0]} is missing ({len(missing)} of {len(files)} files); export it again")
    if unknown := sorted(present - set(files)):
        raise BundleError(f"{folder}: {unknown[0]} does not belong to the bundle; export it again, or remove the file")
    for name, entry in files.items():
        _refuse_kind(folder, name)
        if sha256_of_file(folder / name) != entry.sha256:
            raise BundleError(f"{folder}: {name} is not what was exported (its sha256 differs); export it again")


def _names(folder: Path) -> list[str]:
    names = []
    for path in folder.rglob("*"):
        if path.is_symlink():
            raise BundleError(f"{folder}: {path.relative_to(folder)} is a link; a bundle holds its files itself")
        if path.is_file():
            names.append(path.relative_to(folder).as_posix())
    return names


def _refuse_kind(folder: Path, name: str) -> None:
    if PurePosixPath(name).suffix not in KINDS:
        raise BundleError(
            f"{folder}: {name} is of a kind that can hold code; a bundle takes only {', '.join(KINDS)} files"
        )
