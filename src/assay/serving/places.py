"""Where a project keeps its service's database."""

from __future__ import annotations

from pathlib import Path

from omegaconf import DictConfig

from assay.database.url import sqlite_file, sqlite_url
from assay.errors import ServiceError
from assay.store.erase import Folders
from assay.store.kept_pictures import KeptPictures
from assay.store.service_store import ServiceStore

NAME = "service.db"


def store_url(config: DictConfig, asked: str) -> str:
    """URL of the service's database.

    Args:
        config: where runs are recorded.
        asked: a URL, or the path of a SQLite file; "" takes `service.db` beside the runs.
    """
    if "://" in asked:
        return asked
    return sqlite_url(Path(asked).expanduser() if asked else Path(config.tracking.work).expanduser().parent / NAME)


def kept_folder(url: str, asked: str) -> Path:
    """Where pictures are kept that somebody has agreed to.

    Args:
        url: of the service's database.
        asked: a folder; "" takes the one beside a SQLite file, named after it, else `service-pictures` here.
    """
    return Path(asked).expanduser() if asked else beside(url, "pictures")


def beside(url: str, what: str, folder: Path | None = None) -> Path:
    """A folder of a service's files beside its database.

    Args:
        url: of the database.
        what: lies in it.
        folder: in which it is where the database is no file; None takes the working folder.
    """
    file = sqlite_file(url) or (folder or Path.cwd()) / NAME
    return file.with_name(f"{file.stem}-{what}")


def service_folders(config: DictConfig, url: str, kept: str, jobs: str) -> Folders:
    """Where a service keeps files.

    Args:
        config: where runs are recorded.
        url: of the service's database.
        kept: folder of pictures; "" takes the one beside the database, or beside the runs.
        jobs: folder of what was sent as jobs; "" likewise.
    """
    runs = Path(config.tracking.work).expanduser().parent
    pictures = Path(kept).expanduser() if kept else beside(url, "pictures", runs)
    sent = Path(jobs).expanduser() if jobs else beside(url, "jobs", runs)
    return Folders(KeptPictures(pictures), beside(url, "exports", runs), beside(url, "erasures", runs), sent)


def existing_store(url: str) -> ServiceStore:
    """The database of a service that has been started once; looking makes none.

    Raises:
        ServiceError: there is none, or it cannot be opened.
    """
    file = sqlite_file(url)
    if file is not None and not file.exists():
        raise ServiceError(f"{file}: no service has kept anything here yet; assay serve starts one")
    return ServiceStore(url)
