"""Artifacts on this machine: files that never change share their bytes with the run's folder, others are copied."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

from assay.disk import is_leftover
from assay.files import atomic_write, link_or_copy
from assay.tracking.run_files import WRITE_ONCE


def place(source: Path, folder: Path) -> None:
    """Put a file, or a folder with all that is in it, into a folder of artifacts; what is there already is replaced.

    Args:
        source: file or folder.
        folder: that it comes to lie in, under its own name.

    Raises:
        OSError: something can be neither linked nor copied.
    """
    if not source.is_dir():
        _place_file(source, folder / source.name)
        return
    for inside, names in whole_files(source):
        into = folder / source.name / inside
        into.mkdir(parents=True, exist_ok=True)
        for name in names:
            _place_file(source / inside / name, into / name)


def whole_files(folder: Path) -> Iterator[tuple[Path, list[str]]]:
    """Each folder in a folder, relative to it, and the names of its files but for what a killed write has left."""
    for path, folders, names in os.walk(folder):
        folders[:] = [name for name in folders if not is_leftover(Path(name))]
        yield Path(path).relative_to(folder), [name for name in names if not is_leftover(Path(name))]


def _place_file(source: Path, target: Path) -> None:
    if source.suffix in WRITE_ONCE:
        link_or_copy(source, target)
        return
    if target.exists() and source.samefile(target):
        return
    with atomic_write(target) as temporary:
        shutil.copy2(source, temporary)
