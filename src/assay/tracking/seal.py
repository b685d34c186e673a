"""Seals: digests of what a run measured, kept in its tags, so that a file that was changed later is found."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from assay.files import sha256_of_file
from assay.tracking.run_files import SEALED

TAG = "assay.sha256."


def seals(folder: Path, names: Sequence[str] = SEALED) -> dict[str, str]:
    """Tags that say what these files hold now, for those that are there.

    Args:
        folder: of the run.
        names: paths within it.
    """
    return {f"{TAG}{name}": sha256_of_file(folder / name) for name in names if (folder / name).exists()}


def broken_seals(files: Mapping[str, Path], tags: Mapping[str, str]) -> list[str]:
    """Names of files that are not what the run measured, or that it never sealed.

    Args:
        files: name within the run's folder -> the file as it is now.
        tags: of the run.
    """
    return [name for name, file in files.items() if tags.get(f"{TAG}{name}") != sha256_of_file(file)]
