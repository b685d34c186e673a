"""indexes: every index of the service's tables is there, without which a large log is read from end to end."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from assay.housekeeping.doctor.diagnosis import MEND, Diagnosis, absent, broken, ok
from assay.housekeeping.doctor.health_check import HealthCheck
from assay.housekeeping.doctor.installation import Installation

if TYPE_CHECKING:
    from sqlalchemy import Index


def _examine(installation: Installation) -> Iterator[Diagnosis]:
    if installation.no_tables:
        yield absent(installation.no_tables)
        return
    lacking = missing_indexes(installation)
    if lacking:
        names = ", ".join(str(index.name) for index in lacking)
        yield broken(f"missing: {names}; what looks by them reads whole tables", MEND)
    else:
        yield ok("all indexes are there")


def missing_indexes(installation: Installation) -> list[Index]:
    """Those that this version's tables should have, of tables that are there."""
    from sqlalchemy import inspect

    from assay.store.tables import METADATA

    with installation.reading() as connection:
        seen = inspect(connection)
        tables = set(seen.get_table_names())
        return [
            index
            for table in METADATA.sorted_tables
            if table.name in tables
            for index in sorted(table.indexes, key=lambda each: str(each.name))
            if str(index.name) not in {known["name"] for known in seen.get_indexes(table.name)}
        ]


def _mend(installation: Installation) -> None:
    from assay.store.engine import service_engine

    lacking = missing_indexes(installation)
    engine = service_engine(installation.store_url)
    try:
        with engine.connect().execution_options(writes=True) as connection, connection.begin():
            for index in lacking:
                index.create(connection)
    finally:
        engine.dispose()


CHECK = HealthCheck("indexes", "The indexes of the service's tables are there", _examine, _mend)
