"""PictureArchive: a ZIP of strangers, of which nothing is unpacked to a disk and no more than a picture at a time."""

from __future__ import annotations

import stat
import struct
import zipfile
import zlib
from collections.abc import Sequence
from pathlib import Path, PurePosixPath

from assay.serving.jobs.source import JobBounds, refuse_number
from assay.serving.refusal import Refusal

SIGNATURES = (b"PK\x03\x04", b"PK\x05\x06")
LEFT_BY_SYSTEMS = ("__MACOSX", ".DS_Store", "Thumbs.db", "desktop.ini")
ARCHIVES = (".zip", ".tar", ".gz", ".tgz", ".bz2", ".xz", ".zst", ".7z", ".rar", ".jar", ".cab", ".iso")
RATIO, RATIO_BYTES = 100, 1_000_000
"""What is larger than so many bytes may not be packed to less than this part of it."""
EXPANSION = 4
"""Bytes of all pictures together, as a multiple of what a job may have."""
LONGEST_NAME = 500
END = struct.Struct("<4sHHHHIIH")
"""The last record of a ZIP (APPNOTE 6.3.10, section 4.3.16)."""
LOCATOR, LOCATOR_BYTES = b"PK\x06\x07", 20
ENTRY_BYTES = 46 + LONGEST_NAME + 2000
"""Of an entry of the directory, at most, with what programs add to it."""
STRONG, ENCRYPTED, MASKED = 0x40, 0x1, 0x2000


class PictureArchive:
    """The pictures of a ZIP.

    Args:
        path: of the file.
        bounds: of a job.

    Raises:
        Refusal: it is no ZIP, or one that is not taken.
    """

    kind = "zip"

    def __init__(self, path: Path, bounds: JobBounds) -> None:
        _refuse_directory(path, bounds)
        self._largest = bounds.picture_bytes
        try:
            self._zip = zipfile.ZipFile(path)
        except (zipfile.BadZipFile, ValueError, OverflowError, struct.error) as error:
            raise Refusal("archive", "Its directory cannot be read; it may be damaged or cut off.") from error
        try:
            _refuse_overlaps(self._zip)
            self._entries = [entry for entry in self._zip.infolist() if _is_picture(entry)]
            refuse_number(len(self._entries), bounds)
            self.names = [entry.filename for entry in self._entries]
            _refuse_sizes(self._entries, bounds)
            if len(set(self.names)) < len(self.names):
                raise Refusal("archive", "Several files in it have the same name.")
        except BaseException:
            self._zip.close()
            raise

    def read(self, number: int) -> bytes:
        """The bytes of a picture.

        Raises:
            Refusal: it is too large or damaged.
        """
        entry = self._entries[number]
        if entry.file_size > self._largest:
            raise Refusal("too-large", f"The picture has {entry.file_size} bytes; at most {self._largest} are taken.")
        try:
            with self._zip.open(entry) as file:
                content = file.read(self._largest + 1)
                if file.read(1) or len(content) > self._largest:
                    raise Refusal("too-large", f"The picture has more than {self._largest} bytes.")
        except (zipfile.BadZipFile, zlib.error, EOFError, OSError, ValueError, NotImplementedError, RuntimeError):
            raise Refusal("unreadable", "The picture is damaged in the archive.") from None
        return content

    def close(self) -> None:
        """Close the file."""
        self._zip.close()


def _refuse_directory(path: Path, bounds: JobBounds) -> None:
    """Return where the directory is small enough to be read; `zipfile` reads all of it whatever is in it."""
    size = path.stat().st_size
    with path.open("rb") as file:
        file.seek(max(0, size - END.size - LOCATOR_BYTES))
        tail = file.read()
    end = tail[-END.size :]
    if len(end) < END.size or not end.startswith(SIGNATURES[1]):
        raise Refusal("archive", "Its end is missing, or carries a comment; pack it without one.")
    _, disk, first_disk, _, entries, directory_bytes, _, comment = END.unpack(end)
    if tail[: -END.size][-LOCATOR_BYTES:].startswith(LOCATOR) or disk or first_disk or comment:
        raise Refusal("archive", "It is split, or a ZIP64; pack less than 4 GB and 65,535 files as one file.")
    # A folder for each picture, and what systems leave beside each, are no pictures and take room too.
    if entries > 4 * bounds.pictures or directory_bytes > 4 * bounds.pictures * ENTRY_BYTES:
        raise Refusal("too-large", f"{entries} entries; a job takes at most {bounds.pictures} pictures.")


def _refuse_overlaps(opened: zipfile.ZipFile) -> None:
    """Return where no bytes of the file belong to two entries, by which a small file becomes petabytes."""
    entries = sorted(opened.infolist(), key=lambda entry: entry.header_offset)
    ends = [entry.header_offset + 30 + len(entry.orig_filename) + entry.compress_size for entry in entries]
    starts = [*(entry.header_offset for entry in entries[1:]), opened.start_dir]
    if any(end > start for end, start in zip(ends, starts, strict=bool(entries))):
        raise Refusal("archive", "Files in it overlap.")


def _is_picture(entry: zipfile.ZipInfo) -> bool:
    """Whether an entry is to be answered; folders and what systems leave are not.

    Raises:
        Refusal: an entry for which nothing of the archive is taken.
    """
    _refuse_name(entry)
    name = PurePosixPath(entry.filename)
    if entry.is_dir() or set(name.parts) & set(LEFT_BY_SYSTEMS) or name.name.startswith("._"):
        return False
    kind = stat.S_IFMT(entry.external_attr >> 16)
    if kind not in (0, stat.S_IFREG):
        raise Refusal("archive", "It holds links or devices; pack plain files.")
    if entry.flag_bits & (ENCRYPTED | STRONG | MASKED):
        raise Refusal("archive", "It is encrypted; pack it without a password.")
    if entry.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        raise Refusal("archive", "It is packed by a method other than stored and deflate.")
    if name.suffix.lower() in ARCHIVES:
        raise Refusal("archive", "It holds another archive; pack the pictures themselves.")
    return True


def _refuse_name(entry: zipfile.ZipInfo) -> None:
    name = entry.orig_filename
    parts = name.split("/")
    if (
        not name
        or len(name) > LONGEST_NAME
        or name.startswith("/")
        or ".." in parts
        or "\\" in name
        or ":" in parts[0][:2]
        or not name.isprintable()
    ):
        raise Refusal("archive", "A file in it has a name that leads elsewhere, is too long, or no name at all.")


def _refuse_sizes(entries: Sequence[zipfile.ZipInfo], bounds: JobBounds) -> None:
    unpacked = sum(entry.file_size for entry in entries)
    if unpacked > EXPANSION * bounds.job_bytes:
        raise Refusal("too-large", f"It unpacks to {unpacked} bytes; at most {EXPANSION * bounds.job_bytes} are taken.")
    if any(entry.file_size > max(RATIO_BYTES, RATIO * entry.compress_size) for entry in entries):
        raise Refusal("archive", f"A file in it unpacks to more than {RATIO} times its size, as no picture does.")
