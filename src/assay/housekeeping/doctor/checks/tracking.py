"""tracking: the store of runs answers, and its tables are of this MLflow."""

from __future__ import annotations

from collections.abc import Iterator

from assay.database.url import without_password
from assay.housekeeping.doctor.diagnosis import Diagnosis, absent, ok
from assay.housekeeping.doctor.health_check import HealthCheck
from assay.housekeeping.doctor.installation import Installation
from assay.run.workspace import is_absent


def _examine(installation: Installation) -> Iterator[Diagnosis]:
    store = installation.tracking
    if is_absent(store):
        yield absent(f"{without_password(store.uri)}: nothing was recorded yet")
        return
    store.client  # noqa: B018 (opening it is the check)
    yield ok(f"{without_password(store.uri)} answers")


CHECK = HealthCheck("tracking", "The store of runs answers", _examine)
