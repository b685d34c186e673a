"""retraining: what calls for it has called, and no run of it was cut off or has failed."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from assay.housekeeping.doctor.checks.watcher import shown
from assay.housekeeping.doctor.diagnosis import Diagnosis, absent, broken, ok, warning
from assay.housekeeping.doctor.health_check import HealthCheck
from assay.housekeeping.doctor.installation import Installation

GRACE = timedelta(hours=1)
CALL = "assay retrain due; where a timer is to call it: systemctl enable --now assay-retrain.timer"


def _examine(installation: Installation) -> Iterator[Diagnosis]:
    from sqlalchemy import select

    from assay.store.retrain_tables import RETRAIN_JOBS

    if reason := installation.lacks("retrain_jobs"):
        yield absent(reason)
        return
    with installation.reading() as connection:
        jobs = connection.execute(select(RETRAIN_JOBS.c.job, RETRAIN_JOBS.c.reached)).all()
    if not jobs:
        yield absent("no retraining was planned yet (assay retrain plan)")
        return
    for job, reached in jobs:
        ago = installation.now - datetime.fromisoformat(reached)
        sentence = f"{job}: what is due was looked for last on {shown(reached)}"
        yield broken(sentence, CALL) if ago > timedelta(hours=installation.request.retrain_hours) else ok(sentence)
        yield from _runs(installation, job)


def _runs(installation: Installation, job: str) -> Iterator[Diagnosis]:
    from sqlalchemy import select

    from assay.store.retrain_tables import RETRAIN_RUNS

    run = RETRAIN_RUNS.c
    asked = select(run.id, run.slot, run.state, run.step, run.reason, run.lease).where(run.job == job)
    with installation.reading() as connection:
        newest = connection.execute(asked.order_by(run.created.desc(), run.id.desc()).limit(1)).first()
        running = connection.execute(asked.where(run.state == "running")).all()
    for each in running:
        if each.lease and installation.now - datetime.fromisoformat(each.lease) > GRACE:
            yield warning(f"{job}: retraining of {shown(each.slot)} was cut off at step {each.step or 'none'}", CALL)
    if newest is not None and newest.state == "failed":
        again = f"see to it, then assay retrain once run={newest.id}"
        yield warning(f"{job}: retraining of {shown(newest.slot)} has failed: {newest.reason}", again)


CHECK = HealthCheck("retraining", "What is due is looked for, and no retraining was cut off", _examine)
