"""Destination: where a command is asked to write, looked at before it works."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from assay.config.traits import trait
from assay.errors import ConfigError


def check_destination(typed: str, path: str | Path, *, folder: bool | None = None) -> None:
    """Refuse a place that nothing can be written to.

    Args:
        typed: what an error calls it, as `output=results`.
        path: of the file or folder that is to be written.
        folder: whether it is a folder; None where that depends.

    Raises:
        ConfigError: a file stands where a folder is to be or the other way round, or nothing may be written there.
    """
    target = Path(path).expanduser()
    try:
        if folder is not None and target.exists() and target.is_dir() != folder:
            present, wanted = ("a file", "a folder") if folder else ("a folder", "a file in it")
            raise ConfigError(f"{typed}: is {present}; name {wanted}")
        standing = target if target.is_dir() else next(above for above in target.absolute().parents if above.exists())
        if not standing.is_dir():
            raise ConfigError(f"{typed}: {standing} is a file, and no folder can be made in it; name another place")
        # What the permissions say is not all: root may all, and a file system may be for reading alone.
        with tempfile.TemporaryFile(dir=standing):
            pass
    except (OSError, ValueError) as error:
        why = getattr(error, "strerror", None) or error
        raise ConfigError(f"{typed}: nothing can be written there ({why}); name another place") from error


def refuse_inside_dataset(typed: str, path: str | Path, config: Mapping[str, Any]) -> None:
    """Refuse to write among the images of a dataset that is a folder: the next listing would take pages for pictures.

    Args:
        typed: what an error calls the place.
        path: of what is to be written.
        config: of the command, with its dataset.

    Raises:
        ConfigError: it lies in `data.root`.
    """
    data = config.get("data") or {}
    if not data.get("root") or not trait(str(data.get("_target_")), "lists_root", unknown=False):
        return
    root = os.path.realpath(os.path.expanduser(str(data["root"])))  # noqa: PTH111
    if Path(os.path.realpath(Path(path).expanduser())).is_relative_to(root):
        raise ConfigError(
            f"{typed}: lies in data.root={data['root']}, whose folders are classes and whose files are their pictures; "
            "name a place outside of it"
        )
