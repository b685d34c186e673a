"""Leftovers: folders of runs that did not end well or are deleted, what finished runs need no more, temporary files."""

from __future__ import annotations

import os
import re
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from assay.disk import disk_use, is_leftover
from assay.housekeeping.removable import Removable
from assay.tracking.listing import records_by_id
from assay.tracking.process import is_gone
from assay.tracking.run_disk import artifacts_folder
from assay.tracking.run_files import FETCHED, OWN_CACHE, SHARED_BACKBONES, STAGES
from assay.tracking.tags import DELETED

if TYPE_CHECKING:
    from assay.tracking.read import RunRecord
    from assay.tracking.store import TrackingStore

UNKNOWN, UNFINISHED = "folders of unknown runs", "folders of unfinished runs"
OF_DELETED, RESTORABLE = "files of deleted runs", "folders of runs deleted in MLflow"
"""What a killed `assay runs delete` has left goes at once; what was deleted in MLflow can be restored for a while."""
CHECKPOINTS, CACHES, COPIES = "checkpoints of finished runs", "caches of finished runs", "fetched copies of artifacts"
TEMPORARY = "temporary files"
SHARED = "backbones of no run"
HOUR, DAY = 3600.0, 86400.0
TEMPORARY_FOLDERS = ("assay-alone-", "assay-model-", "assay-fetched-", "assay-cold-")
"""Beginnings of the folders that Assay makes in the system's folder for temporary files."""


def run_leftovers(store: TrackingStore) -> tuple[list[Removable], list[Removable]]:
    """What could go of the folders beside the tracking store, whatever its age, and what stays.

    Args:
        store: that records the runs.

    Returns:
        What could go, and folders that stay because nobody knows their run; these too are named `UNKNOWN`.
    """
    folders = [path for path in _listed(store.work) if re.fullmatch(r"[0-9a-f]{32}", path.name) and path.is_dir()]
    known = records_by_id(store, [path.name for path in folders])
    could: list[Removable] = []
    unknown: list[Removable] = []
    for folder in folders:
        record = known.get(folder.name)
        if record is None:
            unknown.append(_removable(UNKNOWN, f"folder of run {folder.name[:8]}", folder))
        else:
            could += _of_run(record, folder)
    return [*could, *_unused_backbones(store)], unknown


def _unused_backbones(store: TrackingStore) -> Iterator[Removable]:
    """Shared weights that no model has as its own any more: each model's file is another name of them."""
    for path in _listed(store.work / SHARED_BACKBONES):
        if re.fullmatch(r"[0-9a-f]{64}\.safetensors", path.name) and path.stat().st_nlink == 1:
            yield _removable(SHARED, f"backbone {path.name[:12]}", path)


def temporary_files(*roots: Path) -> Iterator[Removable]:
    """What killed processes were writing or removing, and their folders among the system's temporary files.

    Args:
        roots: folders in which is looked, with those directly in them.
    """
    for root in roots:
        for folder in (root, *(path for path in _listed(root) if path.is_dir() and not path.is_symlink())):
            for path in _listed(folder):
                if is_leftover(path) or _is_half_packed(path):
                    yield _removable(TEMPORARY, path.name, path, grace=HOUR)
    for path in _listed(Path(tempfile.gettempdir())):
        if path.name.startswith(TEMPORARY_FOLDERS) and path.is_dir() and path.stat().st_uid == os.getuid():
            yield _removable(TEMPORARY, path.name, path, grace=DAY)


def _of_run(record: RunRecord, folder: Path) -> Iterator[Removable]:
    named = f"{record.name} ({record.run_id[:8]})"
    if record.deleted:
        paths = [folder]
        artifacts = artifacts_folder(record)
        ours = DELETED in record.tags
        if ours and artifacts is not None and artifacts.is_dir():
            paths.append(artifacts)
        kind = OF_DELETED if ours else RESTORABLE
        yield Removable(kind, named, tuple(paths), disk_use(*paths), record.run_id, grace=0.0)
    elif record.status in ("RUNNING", "SCHEDULED") and not is_gone(record.tags):
        return
    elif record.status == "FINISHED":
        for name, kind in ((STAGES, CHECKPOINTS), (OWN_CACHE, CACHES), (FETCHED, COPIES)):
            if (folder / name).is_dir():
                yield _removable(kind, f"{name}/ of {named}", folder / name, run_id=record.run_id)
    else:
        what = f"{record.status.lower()} run {named}"
        yield _removable(UNFINISHED, what, folder, run_id=record.run_id)


def _removable(kind: str, what: str, path: Path, *, run_id: str = "", grace: float = HOUR) -> Removable:
    return Removable(kind, what, (path,), disk_use(path), run_id, grace=grace)


def _is_half_packed(path: Path) -> bool:
    """Whether it is a folder in the making, or one that was replaced by another that is there."""
    named = re.fullmatch(r"\.(.+)\.\d+\.[0-9a-f]{8}\.(new|old)", path.name)
    return named is not None and (named[2] == "new" or path.with_name(named[1]).exists())


def _listed(folder: Path) -> list[Path]:
    try:
        return sorted(folder.iterdir())
    except OSError:
        return []
