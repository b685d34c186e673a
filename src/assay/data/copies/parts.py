"""Parts: what a long search has come to so far, so that a kill costs the part that was under way and no more."""

from __future__ import annotations

import io
import shutil
import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from assay.files import write_cache

Arrays = Mapping[str, NDArray[Any]]


class SearchParts:
    """Arrays that parts of one search gave, by the name of the part, in a folder of its own.

    Several processes that make the same search may use one folder: a part is whole or absent, and the same whoever
    made it.

    Args:
        folder: named by all that the search depends on; None keeps nothing.
    """

    def __init__(self, folder: Path | None = None) -> None:
        self._folder = folder

    def part(self, name: str, compute: Callable[[], Arrays]) -> Arrays:
        """What `compute` gives, or gave before a kill.

        Args:
            name: of the part, that of a file.
            compute: gives arrays by name.
        """
        if self._folder is None:
            return compute()
        path = self._folder / f"{name}.npz"
        if (kept := _read(path)) is not None:
            return kept
        arrays = compute()
        written = io.BytesIO()
        np.savez(written, **dict(arrays))  # type: ignore[arg-type]
        write_cache(path, lambda temporary: temporary.write_bytes(written.getvalue()), "a kill costs more than a part")
        return arrays

    def drop(self) -> None:
        """Delete all parts, once what they make up is kept."""
        if self._folder is not None:
            shutil.rmtree(self._folder, ignore_errors=True)


def _read(path: Path) -> Arrays | None:
    try:
        with np.load(path, allow_pickle=False) as kept:
            return {name: kept[name] for name in kept.files}
    except (OSError, ValueError, EOFError, zipfile.BadZipFile):
        return None
