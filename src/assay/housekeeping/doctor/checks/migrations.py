"""migrations: the tables of the service are those of this version."""

from __future__ import annotations

from collections.abc import Iterator

from assay.housekeeping.doctor.diagnosis import MEND, Diagnosis, absent, broken, ok, warning
from assay.housekeeping.doctor.health_check import HealthCheck
from assay.housekeeping.doctor.installation import Installation
from assay.store.migrations.migrate import NEWEST, VERSION_TABLE, ensure_tables


def _examine(installation: Installation) -> Iterator[Diagnosis]:
    if installation.no_tables:
        yield absent(installation.no_tables)
        return
    with installation.reading() as connection:
        version = str(connection.exec_driver_sql(f"SELECT version_num FROM {VERSION_TABLE}").scalar())
    if version == NEWEST:
        yield ok(f"tables are at {NEWEST}, the newest")
    elif version < NEWEST:
        yield warning(f"tables are at {version}, this version needs {NEWEST}; its next start brings them there", MEND)
    else:
        yield broken(
            f"tables are at {version}, which is newer than {NEWEST}, the newest that this version knows",
            "install the version of Assay that made them, or name another database by store=…",
        )


def _mend(installation: Installation) -> None:
    ensure_tables(installation.store_url)


CHECK = HealthCheck("migrations", "The tables of the service are those of this version", _examine, _mend)
