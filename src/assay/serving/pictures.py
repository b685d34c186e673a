"""Pictures that are named by files, folders, addresses and lists of these."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from assay.data.listing import list_images
from assay.errors import DataError
from assay.internet.web_address import looks_like_url
from assay.serving.classify_request import refuse_missing

LISTS = (".txt", ".lst")
"""Endings of files that hold a path or an address in each line."""


@dataclass
class NamedPictures:
    """What words name.

    Attributes:
        paths: of pictures, or their addresses, in the order of the words, those of a folder sorted.
        faults: (path, reason) of what cannot be opened.
        ignored: files in folders that are no pictures by their names.
    """

    paths: list[str] = field(default_factory=list)
    faults: list[tuple[str, str]] = field(default_factory=list)
    ignored: int = 0


def named_pictures(words: Sequence[str]) -> NamedPictures:
    """The pictures that words name: a file, a folder with all that is below it, an address, or a text file of these.

    A path in a list is taken from the folder of the list. A file that is named by itself is taken whatever its name.

    Raises:
        ConfigError: there is no such file or folder.
        DataError: a folder holds no picture.
    """
    refuse_missing(words)
    named = NamedPictures()
    for word in words:
        path = Path(word).expanduser()
        if looks_like_url(word):
            named.paths.append(word)
        elif path.is_dir():
            _take_folder(path, named)
        elif path.suffix.lower() in LISTS:
            _take_list(path, named)
        else:
            named.paths.append(str(path))
    return named


def _take_folder(folder: Path, named: NamedPictures) -> None:
    listing = list_images(str(folder.absolute()))
    start = len(named.paths) + len(named.faults)
    relative = [str(folder / Path(path).relative_to(folder.absolute())) for path in listing.images]
    named.paths += relative
    named.faults += listing.faults
    named.ignored += len(listing.ignored)
    if len(named.paths) + len(named.faults) == start:
        raise DataError(f"{folder}: holds no pictures, nor does a folder in it ({len(listing.ignored)} other files)")


def _take_list(file: Path, named: NamedPictures) -> None:
    try:
        lines = file.read_text("utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise DataError(f"{file}: cannot be read as a list of paths in UTF-8 ({error})") from error
    words = [line.strip() for line in lines if line.strip()]
    named.paths += [word if looks_like_url(word) else str(file.parent / word) for word in words]
