"""Why a file that a table names is not there, by what is there."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable
from pathlib import Path
from urllib.parse import unquote

from assay.data.listing import IMAGE_SUFFIXES
from assay.data.system_files import is_system

_ADDRESS = re.compile(r"(?:^|/)(https?|ftp|file|s3|gs|gcs|az|abfss?|hdfs|hf):/", re.IGNORECASE)
_AROUND = " \t\u00a0\"'`"
_LOOKED_AT = 20_000
"""Files at most that are looked at for one of the name."""


def hint_about_missing(paths: Iterable[str]) -> str:
    """One sentence about the first of the files that is not there; "" where all are there or nothing is known of it.

    Args:
        paths: absolute paths of files that could not be read.
    """
    path = next((path for path in paths if not os.path.lexists(path)), None)
    if path is None:
        return ""
    if address := _ADDRESS.search(path):
        return (
            f"{path[address.start() :].lstrip('/')} is an address, and pictures are read from disk: fetch them, and "
            "write where they lie"
        )
    folder, name = Path(path).parent, Path(path).name
    if (similar := _near(name, folder)) is not None:
        return f"{path} is not there, and {similar} is: write the name as it is on disk{_ending(name, similar)}"
    if (deeper := _below(name, folder)) is not None:
        return f"{path} is not there, and {deeper} is: write paths as they lead there from the table, or from data.root"
    if not folder.is_dir():
        return (
            f"there is no folder {folder}; write paths relative to the table, or to data.root, which says where the "
            "pictures lie on this machine"
        )
    return ""


def _near(name: str, folder: Path) -> str | None:
    """A file of the folder whose name is the same but for capitals, spaces, quotation marks, signs or its ending."""
    try:
        present = [entry.name for entry in folder.iterdir()]
    except OSError:
        return None
    wanted = {_comparable(name), _comparable(unquote(name))}
    stems = {Path(word).stem if Path(word).suffix in IMAGE_SUFFIXES else word for word in wanted}
    same = [other for other in present if _comparable(other) in wanted]
    endings = [
        other
        for other in present
        if Path(other).suffix.lower() in IMAGE_SUFFIXES and Path(_comparable(other)).stem in stems
    ]
    return next(iter(sorted(same) or sorted(endings)), None)


def _below(name: str, folder: Path) -> Path | None:
    """A file of this name under the nearest folder that is there."""
    top = next(parent for parent in (folder, *folder.parents) if parent.is_dir())
    if top in (Path(top.anchor), Path.home()):
        return None
    wanted, seen = _comparable(name), 0
    for here, folders, files in os.walk(top):
        folders[:] = sorted(entry for entry in folders if not is_system(entry))
        for file in files:
            if wanted in (lowered := _comparable(file), Path(lowered).stem):
                return Path(here, file)
        seen += len(files)
        if seen > _LOOKED_AT:
            break
    return None


def _comparable(name: str) -> str:
    return name.strip(_AROUND).lower()


def _ending(name: str, similar: str) -> str:
    return ", with its ending" if Path(similar).suffix and not Path(name.strip(_AROUND)).suffix else ""
