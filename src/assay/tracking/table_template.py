"""An empty store of the MLflow that is installed, kept in the cache: its migrations take seconds, a copy does not."""

from __future__ import annotations

import contextlib
import importlib.metadata
import logging
import os
import shutil
from pathlib import Path

from assay.disk import note_use
from assay.files import atomic_write, sha256_of_file

_log = logging.getLogger(__name__)
FOLDER = "stores"


def cache_folder() -> Path:
    """The user's cache, whatever one command may have been given as `cache`."""
    chosen = os.environ.get("ASSAY_CACHE")
    return Path(chosen) if chosen else Path(os.environ.get("HOME", ".")) / ".cache" / "assay"


def copy_template(target: Path) -> bool:
    """Copy the tables that an earlier command has made; False where there are none that are as they were made.

    Args:
        target: path of the new file.
    """
    for template in _templates():
        with contextlib.suppress(OSError):
            shutil.copyfile(template, target)
            if sha256_of_file(target) == template.name.split(".")[-2]:
                note_use(template)
                return True
            _log.warning("%s is damaged, and made anew", template)
            template.unlink()
    target.unlink(missing_ok=True)
    return False


def keep_template(made: Path) -> None:
    """Keep tables that were just made, so that the next store gets a copy; nothing where the cache cannot be written.

    Args:
        made: file without records, that no connection has open.
    """
    with contextlib.suppress(OSError):
        template = cache_folder() / FOLDER / f"{_beginning()}{sha256_of_file(made)}.db"
        with atomic_write(template) as temporary:
            shutil.copyfile(made, temporary)


def _templates() -> list[Path]:
    with contextlib.suppress(OSError):
        return sorted((cache_folder() / FOLDER).glob(f"{_beginning()}*.db"))
    return []


def _beginning() -> str:
    """Of a name that says by its end what the file's sha256 is."""
    return f"mlflow-{importlib.metadata.version('mlflow')}."
