"""interrupted: erasures and trainings that were begun and did not end."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from assay.housekeeping.doctor.diagnosis import Diagnosis, broken, ok, warning
from assay.housekeeping.doctor.health_check import HealthCheck
from assay.housekeeping.doctor.installation import Installation
from assay.run.workspace import is_absent, opened

RECENT = timedelta(days=7)
SHOWN = 3


def _examine(installation: Installation) -> Iterator[Diagnosis]:
    diagnoses = [*_erasures(installation), *_trainings(installation)]
    yield from diagnoses or [ok("nothing was begun that did not end")]


def _erasures(installation: Installation) -> Iterator[Diagnosis]:
    from sqlalchemy import func, select

    from assay.store.tables import ERASURES

    if installation.no_tables:
        return
    with installation.reading() as connection:
        count = connection.scalar(select(func.count()).select_from(ERASURES).where(ERASURES.c.finished == ""))
    if count:
        yield broken(
            f"{count} erasures were not finished: files of who was erased may still be there",
            "assay privacy retention apply=true",
        )


def _trainings(installation: Installation) -> Iterator[Diagnosis]:
    from assay.tracking.listing import list_runs

    if is_absent(installation.tracking):
        return
    store = opened(installation.tracking)
    since = (installation.now - RECENT).timestamp()
    killed = [run for run in list_runs(store, status="KILLED", limit=100) if run.folder.is_dir()]
    recent = [run for run in killed if run.folder.stat().st_mtime >= since]
    for run in recent[:SHOWN]:
        yield warning(f"training {run.name} ({run.run_id[:8]}) was interrupted", f"assay train resume={run.run_id}")
    if len(recent) > SHOWN:
        yield warning(f"{len(recent) - SHOWN} more trainings were interrupted", "assay runs status=killed")


CHECK = HealthCheck("interrupted", "What was begun has ended", _examine)
