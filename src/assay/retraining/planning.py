"""Planning: slots that have come get their row, each once, whoever looks and whatever the clock was set to."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import Connection, select, update

from assay.retraining.job import FAILED, OPEN, QUEUED, SCHEDULE, SKIPPED, JobRun
from assay.retraining.rows import add_run, run_at, runs
from assay.retraining.settings import RetrainSettings
from assay.retraining.slots import newest_slot, slots_between
from assay.retraining.triggers import Triggered
from assay.store.ids import as_time, new_id
from assay.store.retrain_tables import RETRAIN_JOBS, RETRAIN_RUNS

GRACE = timedelta(hours=1)
"""How old a slot may be that a job begins with: a timer that calls for it may be slow."""
AGAIN = timedelta(days=1)
"""After which a triggered run that has failed is begun again: what broke at night may be mended by day."""
PASSED_OVER = "a later slot was due too, and catch_up=latest runs that alone"


def reached(connection: Connection, job: str) -> datetime | None:
    """Up to when slots of a job have their row; None where it is not known yet."""
    text = connection.scalar(select(RETRAIN_JOBS.c.reached).where(RETRAIN_JOBS.c.job == job))
    return None if text is None else datetime.fromisoformat(text)


def begins_at(settings: RetrainSettings, at: datetime) -> datetime:
    """From when on slots of a new job count: right before its newest one where that is no older than `GRACE`."""
    slot = newest_slot(settings.schedule, settings.zone, at, GRACE)
    return at if slot is None else slot - timedelta(milliseconds=1)


def plan_slots(connection: Connection, job: str, settings: RetrainSettings, at: datetime) -> list[JobRun]:
    """Queue a run for each slot that has come since somebody last looked.

    Where the clock was set back, nothing has come until it has caught up; a slot that has its row never gets another.

    Args:
        connection: in a transaction that may write.
        job: name.
        settings: of it.
        at: the present.

    Returns:
        The new runs, in the order of their slots.
    """
    from_then = reached(connection, job)
    if from_then is None:
        from_then = begins_at(settings, at)
        values = {"job": job, "since": as_time(from_then), "reached": as_time(from_then)}
        connection.execute(RETRAIN_JOBS.insert().values(**values))
    if at <= from_then:
        return []
    slots = slots_between(settings.schedule, settings.zone, from_then, at) if SCHEDULE in settings.triggers else []
    added = [run for slot in slots if (run := add_slot(connection, job, as_time(slot), SCHEDULE, at, "")) is not None]
    connection.execute(update(RETRAIN_JOBS).where(RETRAIN_JOBS.c.job == job).values(reached=as_time(at)))
    return added


def plan_triggered(connection: Connection, job: str, trigger: Triggered, at: datetime) -> JobRun | None:
    """Queue a run that a trigger asks for; None where a run is open, which will learn the same, or was for this.

    Where the run for this has failed, a new one is for the same a day after: from its first step, since champion,
    labels and whatever it failed by may be others by then.
    """
    if runs(connection, job, OPEN):
        return None
    slot, reason = trigger.slot, trigger.reason
    while (before := run_at(connection, job, slot)) is not None:
        again = datetime.fromisoformat(before.ended) + AGAIN if before.state == FAILED else None
        if again is None or at < again:
            return None
        slot, reason = as_time(again), f"{trigger.reason}; the retraining of {before.slot} for them has failed"
    return add_slot(connection, job, slot, trigger.kind, at, reason)


def add_slot(connection: Connection, job: str, slot: str, trigger: str, at: datetime, reason: str) -> JobRun | None:
    """Queue the run of a slot; None where it has its row."""
    if run_at(connection, job, slot) is not None:
        return None
    run = JobRun(new_id(), job, slot, trigger, QUEUED, reason, created=as_time(at))
    add_run(connection, run)
    return run


def pass_over(connection: Connection, job: str, at: datetime) -> int:
    """Skip queued slots that a later one takes the place of; gives how many.

    Args:
        connection: in a transaction that may write.
        job: name.
        at: the present.
    """
    queued = [run for run in runs(connection, job, (QUEUED,)) if run.trigger == SCHEDULE]
    older = [run.id for run in queued[:-1]]
    values = {"state": SKIPPED, "reason": PASSED_OVER, "ended": as_time(at)}
    for run in older:
        connection.execute(update(RETRAIN_RUNS).where(RETRAIN_RUNS.c.id == run).values(**values))
    return len(older)
