"""What lies in a folder: image files, and everything that is none, each with the reason."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from pathlib import Path

from assay.data.system_files import is_system

# Formats that cannot be decoded are among them: such a file is an image that is refused, not one that is overlooked.
IMAGE_SUFFIXES = frozenset(
    f".{suffix}"
    for family in (
        "jpg jpeg jpe jfif mpo png apng webp tif tiff bmp dib gif ppm pgm pbm pnm avif jp2 j2k jpx ico",
        "heic heif jxl svg psd tga eps dng cr2 cr3 nef arw exr hdr dcm",
    )
    for suffix in family.split()
)


@dataclass
class Listing:
    """Files under a folder, sorted.

    Attributes:
        images: paths of files that are named like images.
        faults: (path, reason) of what cannot be opened: broken links, special files, folders without permission.
        ignored: (path, reason) of files that are not named like images, and of links that lead in a circle.
    """

    images: list[str] = field(default_factory=list)
    faults: list[tuple[str, str]] = field(default_factory=list)
    ignored: list[tuple[str, str]] = field(default_factory=list)

    def add(self, other: Listing) -> None:
        """Append what another folder holds."""
        self.images += other.images
        self.faults += other.faults
        self.ignored += other.ignored


def list_images(folder: str, *, recursive: bool = True) -> Listing:
    """Everything under a folder; symbolic links are followed, also out of the folder.

    What systems and other programs leave (`system_files`) is ignored, a folder of it as one thing.

    Args:
        folder: absolute path.
        recursive: whether folders in it are entered, at any depth.
    """
    listing = Listing()
    parents = frozenset(_identity(str(parent)) for parent in Path(folder).parents)
    pending = [(folder, parents)]
    while pending:
        here, above = pending.pop()
        try:
            identity = _identity(here)
            if identity in above:
                listing.ignored.append((here, "a link to a folder that it lies in"))
                continue
            with os.scandir(here) as entries:
                for entry in entries:
                    if is_system(entry.name):
                        listing.ignored.append((printable(entry.path), "of the system or another program"))
                        continue
                    if is_folder(entry):
                        if recursive:
                            pending.append((entry.path, above | {identity}))
                    else:
                        _sort_in(entry, listing)
        except OSError as error:
            listing.faults.append((printable(here), f"cannot be listed ({error.strerror or error})"))
    for part in (listing.images, listing.faults, listing.ignored):
        part.sort()
    return listing


def _identity(folder: str) -> tuple[int, int]:
    status = os.stat(folder)  # noqa: PTH116
    return status.st_dev, status.st_ino


def _sort_in(entry: os.DirEntry[str], listing: Listing) -> None:
    suffix = os.path.splitext(entry.name)[1].lower()  # noqa: PTH122
    if suffix not in IMAGE_SUFFIXES:
        reason = f"not an image by its name ({suffix or 'no suffix'})"
        listing.ignored.append((printable(entry.path), reason))
    elif printable(entry.path) != entry.path:
        listing.faults.append((printable(entry.path), "the file name is not UTF-8; rename the file"))
    else:
        listing.images.append(entry.path)


def is_folder(entry: os.DirEntry[str]) -> bool:
    """Whether an entry is a folder or leads to one; a link in a circle is none."""
    try:
        return entry.is_dir()
    except OSError:
        return False


def printable(path: str) -> str:
    """The path itself if it is UTF-8, else with the other bytes written as numbers."""
    try:
        path.encode()
    except UnicodeEncodeError:
        return os.fsencode(path).decode(errors="backslashreplace")
    return path
