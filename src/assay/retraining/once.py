"""`once`: a person asks for a retraining now, or tries one again that has failed."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from sqlalchemy import Connection, select, update

from assay.errors import ServiceError
from assay.retraining.clock import JobClock
from assay.retraining.due import DueResult, RetrainJob, Turn, go_on, next_turn, signals_now, waits_for
from assay.retraining.job import ASKED, FAILED, OPEN, RUNNING, WAITING, JobRun
from assay.retraining.planning import add_slot, begins_at
from assay.retraining.rows import KILLED, RETRIED, STEP_FAILED, as_json, named_run, run_of, runs
from assay.retraining.triggers import asks_for_labels
from assay.store.ids import as_time
from assay.store.retrain_tables import RETRAIN_JOBS, RETRAIN_RUNS, RETRAIN_STEPS
from assay.store.service_store import ServiceStore
from assay.store.trail import Personal, append_lines

RUN_ASKED = "retraining asked for"


def once(
    store: ServiceStore, job: RetrainJob, clock: JobClock, *, actor: str, anyway: bool = False, again: str = ""
) -> DueResult:
    """Retrain now, whatever the schedule says.

    Args:
        store: of the service.
        job: that is meant.
        clock: that leases go by.
        actor: who asks.
        anyway: whether it runs although nothing is new.
        again: id of a failed run, or how it ends, which goes on at the step that has failed; "" for a new one.

    Raises:
        ServiceError: a run of the job is open, or `again` is none that has failed.
        LeaseLost: another process took the run up meanwhile.
    """
    signals = signals_now(store, job)

    def ask(connection: Connection) -> Turn:
        at = clock.now()
        _refuse_open(connection, job.name)
        run = _again(connection, job.name, again) if again else _new(connection, job, at, anyway=anyway)
        content = {"run": run.id, "job": run.job, "slot": run.slot}
        append_lines(connection, [(RUN_ASKED, content, Personal("", {"actor": actor}))])
        return next_turn(connection, job, signals, at, only=run.id)

    turn = store.write(ask)
    run = turn.run
    if run is not None and run.state == RUNNING:
        run = go_on(store, job, run, clock)
    waits = waits_for(run) if run is not None and run.state == WAITING else turn.waits
    return DueResult(() if run is None else (run,), waits, tuple(asks_for_labels(job.settings, signals)))


def _refuse_open(connection: Connection, job: str) -> None:
    if others := runs(connection, job, OPEN):
        raise ServiceError(
            f"{job}: the retraining of {others[0].slot} is {others[0].state}; assay retrain due goes on with it"
        )


def _new(connection: Connection, job: RetrainJob, at: datetime, *, anyway: bool) -> JobRun:
    if connection.execute(select(RETRAIN_JOBS.c.job).where(RETRAIN_JOBS.c.job == job.name)).first() is None:
        since = as_time(begins_at(job.settings, at))
        connection.execute(RETRAIN_JOBS.insert().values(job=job.name, since=since, reached=since))
    run = add_slot(connection, job.name, as_time(at), ASKED, at, "asked for")
    if run is None:
        raise ServiceError(f"{job.name}: {as_time(at)} has its retraining already; ask again")
    if anyway:
        facts = {"anyway": True}
        connection.execute(update(RETRAIN_RUNS).where(RETRAIN_RUNS.c.id == run.id).values(facts=as_json(facts)))
        run = replace(run, facts=facts)
    return run


def _again(connection: Connection, job: str, text: str) -> JobRun:
    """A run that has failed, as one that is queued; its failures count no more."""
    run = named_run(connection, text, job)
    if run.state != FAILED:
        raise ServiceError(f"{text}: this retraining is {run.state}; only one that has failed is tried again")
    steps = RETRAIN_STEPS.c
    failed = (steps.run == run.id) & steps.state.in_((STEP_FAILED, KILLED))
    connection.execute(update(RETRAIN_STEPS).where(failed).values(state=RETRIED))
    values = {"state": WAITING, "ended": "", "reason": "tried again"}
    connection.execute(update(RETRAIN_RUNS).where(RETRAIN_RUNS.c.id == run.id).values(**values))
    return run_of(connection, run.id)
