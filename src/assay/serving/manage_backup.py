"""`assay backup`: a copy of the service's database, and the way back."""

from __future__ import annotations

from pathlib import Path

from omegaconf import DictConfig

from assay.registry.open_registry import who
from assay.serving.backup_request import BackupRequest
from assay.serving.places import existing_store, service_folders, store_url
from assay.store.backup import Backup, Restored, back_up, name_of_copy, restore
from assay.store.service_store import ServiceStore


def manage_backup(request: BackupRequest, config: DictConfig) -> Backup | Restored:
    """Write a copy, or bring one back.

    Raises:
        ServiceError: there is no database, or no file, or what was copied does not hold.
    """
    url = store_url(config, request.store)
    if request.to:
        with existing_store(url) as store:
            return back_up(store, Path(request.to).expanduser())
    folders = service_folders(config, url, request.kept, request.jobs)
    with ServiceStore(url) as store:  # where the database is lost, an empty one takes the backup
        source = Path(request.restore).expanduser()
        return restore(store, folders, source, name_of_copy(store), actor=who(request.by))
