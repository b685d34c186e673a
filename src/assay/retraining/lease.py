"""Lease: which process has a run now. It is renewed while that works, and what was lost can write nothing any more."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import Connection, select, update

from assay.errors import ServiceError
from assay.retraining.job import RUNNING, JobRun
from assay.retraining.rows import run_of
from assay.store.ids import as_time
from assay.store.retrain_tables import RETRAIN_RUNS

_RUNS = RETRAIN_RUNS.c


class LeaseLost(ServiceError):  # noqa: N818  # says what happened
    """Another process has taken the run up meanwhile; this one has to leave it alone."""


def is_live(run: JobRun, at: datetime, length: timedelta) -> bool:
    """Whether the process that has a run can be taken to be alive.

    A lease that was renewed in the future is of a clock that was set back since: whoever lives renews it by the new
    clock, within a third of its length, and what is dead must not hold the run until the old time comes again.

    Args:
        run: of any state.
        at: the present.
        length: of leases; clocks of two machines may differ by as much.
    """
    if run.state != RUNNING or not run.lease:
        return False
    return as_time(at) < run.lease and run.renewed <= as_time(at + length)


def take(connection: Connection, run: JobRun, at: datetime, length: timedelta) -> JobRun:
    """Take a run up; whoever had it before can write nothing about it from now on.

    Args:
        connection: in a transaction that may write, in which `run` was read.
        run: that nobody is at, or whose lease has lapsed.
        at: the present.
        length: of the lease.
    """
    values = {
        "state": RUNNING,
        "fence": run.fence + 1,
        "lease": as_time(at + length),
        "renewed": as_time(at),
        "resumes": "",
        "started": run.started or as_time(at),
    }
    connection.execute(update(RETRAIN_RUNS).where(_RUNS.id == run.id).values(**values))
    return run_of(connection, run.id)


def renew(connection: Connection, run: JobRun, at: datetime, length: timedelta) -> None:
    """Have a run for longer.

    Raises:
        LeaseLost: another process has it.
    """
    hold(connection, run)
    values = {"lease": as_time(at + length), "renewed": as_time(at)}
    connection.execute(update(RETRAIN_RUNS).where(_RUNS.id == run.id).values(**values))


def hold(connection: Connection, run: JobRun) -> JobRun:
    """The run as it is now, which nobody else changes until the transaction is over.

    Raises:
        LeaseLost: another process has it, or it has ended.
    """
    mine = _RUNS.id == run.id, _RUNS.fence == run.fence, _RUNS.state == RUNNING
    if connection.execute(select(_RUNS.id).where(*mine).with_for_update()).first() is None:
        raise LeaseLost(f"retraining {run.id}: another process has taken it up; this one leaves it alone")
    return run_of(connection, run.id)
