"""Installation: what the checks of `assay doctor` look at: config, database, folders, clock and mounts."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from omegaconf import DictConfig

from assay.database.url import sqlite_file
from assay.errors import ServiceError
from assay.housekeeping.doctor.request import DoctorRequest
from assay.run.workspace import cache_folder, tracking_store
from assay.serving.places import service_folders, store_url

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from assay.store.erase import Folders
    from assay.tracking.store import TrackingStore


def _now() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True)
class Installation:
    """Where this machine keeps runs and the service's rows. Looking changes nothing.

    Attributes:
        request: what was asked for.
        config: where runs are recorded.
        moment: the present as this machine has it, UTC; None asks the clock.
        mounts: the list of mounted file systems, as Linux writes it.
    """

    request: DoctorRequest
    config: DictConfig
    moment: datetime | None = None
    mounts: Path = field(default=Path("/proc/mounts"))

    @property
    def now(self) -> datetime:
        """The present, UTC."""
        return self.moment or _now()

    @cached_property
    def tracking(self) -> TrackingStore:
        """Where runs are recorded; not opened."""
        return tracking_store(self.config)

    @property
    def store_url(self) -> str:
        """URL of the service's database."""
        return store_url(self.config, self.request.store)

    @property
    def store_file(self) -> Path | None:
        """Of a service's database in SQLite; None for a server."""
        return sqlite_file(self.store_url)

    @property
    def store_exists(self) -> bool:
        """Whether a service was started once; a server is asked when it is opened."""
        file = self.store_file
        return file is None or file.exists()

    @property
    def folders(self) -> Folders:
        """Where the service keeps files."""
        return service_folders(self.config, self.store_url, self.request.kept, self.request.jobs)

    @property
    def places(self) -> dict[str, Path]:
        """What each folder is called -> it, whether it is there or not."""
        file, tracking = self.store_file, sqlite_file(self.tracking.uri)
        return {
            "runs": self.tracking.work,
            "cache": cache_folder(self.config).absolute(),
            **({} if tracking is None else {"tracking database": tracking.parent}),
            **({} if file is None else {"service's database": file.parent}),
            "kept pictures": self.folders.pictures.folder,
        }

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """A connection to the service's database as it is: opening it migrates nothing.

        Raises:
            ServiceError: its kind is not known, or its driver is missing.
            SQLAlchemyError: it does not answer.
        """
        from assay.store.engine import service_engine

        engine = service_engine(self.store_url)
        try:
            with engine.connect() as connection:
                yield connection
        finally:
            engine.dispose()

    @cached_property
    def no_tables(self) -> str:
        """Why there are no tables to look at in the service's database; "" where there are."""
        from sqlalchemy import inspect
        from sqlalchemy.exc import SQLAlchemyError

        from assay.store.migrations.migrate import VERSION_TABLE

        if not self.store_exists:
            return "no service has kept anything here yet"
        try:
            with self.reading() as connection:
                tables = inspect(connection).get_table_names()
        except (SQLAlchemyError, ServiceError):
            return "the service's database does not answer"
        return "" if VERSION_TABLE in tables else "no service has kept anything there yet"

    def lacks(self, table: str) -> str:
        """Why a table is not there to look at; "" where it is."""
        from sqlalchemy import inspect

        if self.no_tables:
            return self.no_tables
        with self.reading() as connection:
            return "" if inspect(connection).has_table(table) else f"there is no table {table} yet; see migrations"


def nearest(path: Path) -> Path:
    """The path, or the first folder above it that exists."""
    return next(place for place in (path, *path.absolute().parents) if place.exists())
