"""database: that of the service can be reached, written, and is whole."""

from __future__ import annotations

from collections.abc import Iterator

from assay.database.reachable import ensure_reachable
from assay.database.url import without_password
from assay.housekeeping.doctor.diagnosis import Diagnosis, absent, ok, warning
from assay.housekeeping.doctor.health_check import HealthCheck
from assay.housekeeping.doctor.installation import Installation
from assay.pages.numbers import file_size

MUCH = 2**30
"""Bytes of a write-ahead log that nobody has emptied."""


def _examine(installation: Installation) -> Iterator[Diagnosis]:
    url, file = installation.store_url, installation.store_file
    if not installation.store_exists:
        yield absent(f"{file}: no service has kept anything here yet")
        return
    ensure_reachable(url, called="service's", key="store")
    if installation.no_tables:
        yield absent(f"{without_password(url)} answers; {installation.no_tables}")
        return
    yield ok(f"{without_password(url)} answers, and can be written")
    log = None if file is None else file.with_name(f"{file.name}-wal")
    if log is not None and log.exists() and log.stat().st_size > MUCH:
        yield warning(
            f"{log}: {file_size(log.stat().st_size)} are not yet in the database: something reads it all the time",
            "end what reads it (a copy that hangs, an open sqlite3), then start the service again",
        )


CHECK = HealthCheck("database", "The service's database can be reached and written", _examine)
