"""`due`: what has come is run, each slot once, however often and by however many processes it is called."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path

from sqlalchemy import Connection

from assay.retraining.budget import counted_runs, exhausted, left_of
from assay.retraining.clock import JobClock
from assay.retraining.job import DONE, RUNNING, SKIPPED, WAITING, JobRun
from assay.retraining.lease import LeaseLost, is_live
from assay.retraining.ledger import end_run, take_up
from assay.retraining.planning import pass_over, plan_slots, plan_triggered
from assay.retraining.quiet import quiet_until
from assay.retraining.rows import next_queued, run_of, runs
from assay.retraining.runner import Pause, RunLimits, run_steps
from assay.retraining.settings import RetrainSettings
from assay.retraining.signals import Signals
from assay.retraining.step import JobStep
from assay.retraining.triggers import asks_for_labels, facts_of, nothing_new, triggered
from assay.store.ids import as_time
from assay.store.service_store import ServiceStore

LATELY = 50
"""Runs among whose labels the newest is: what is made up for later has an older slot."""


@dataclass(frozen=True)
class RetrainJob:
    """A job, with all that it takes to run it.

    Attributes:
        name: by which its rows are known.
        settings: of it.
        steps: in their order.
        folder: of its runs' files.
        signals: reads what is new after a moment, UTC ("" for ever).
    """

    name: str
    settings: RetrainSettings
    steps: Sequence[JobStep]
    folder: Path
    signals: Callable[[Connection, str], Signals]

    @property
    def lease(self) -> timedelta:
        """How long a process may be silent."""
        return timedelta(minutes=self.settings.lease)


@dataclass(frozen=True)
class DueResult:
    """What became of a call.

    Attributes:
        runs: that were taken up, as they are left.
        waits: why nothing more is run now; "" where nothing more is due.
        asks: what open alerts ask people for.
    """

    runs: tuple[JobRun, ...] = ()
    waits: str = ""
    asks: tuple[str, ...] = ()


@dataclass(frozen=True)
class Turn:
    """What comes next.

    Attributes:
        run: that was taken up, or was skipped; None for nothing.
        waits: why nothing is taken up although something is open.
    """

    run: JobRun | None = None
    waits: str = ""


def due(store: ServiceStore, job: RetrainJob, clock: JobClock) -> DueResult:
    """Run what is due, one after the other.

    Raises:
        ConfigError: a setting of the job cannot be.
        ServiceError: the store does not answer.
    """
    left: dict[str, JobRun] = {}
    waits = ""
    while not waits:
        signals = signals_now(store, job)
        turn = store.write(partial(look, job=job, signals=signals, at=clock.now()))
        run, waits = turn.run, turn.waits
        if run is not None and run.state == RUNNING:
            try:
                run = go_on(store, job, run, clock)
            except LeaseLost as error:
                run, waits = None, str(error)
        if run is not None:
            left[run.id] = run
            waits = waits_for(run) if run.state == WAITING else waits
        elif not waits:
            break
    return DueResult(tuple(left.values()), waits, tuple(asks_for_labels(job.settings, signals)))


def waits_for(run: JobRun) -> str:
    """What a run waits for, and until when, for people."""
    until = f" until {run.resumes}" if run.resumes else ""
    return f"retraining of {run.slot} waits{until}: {run.reason}"


def signals_now(store: ServiceStore, job: RetrainJob) -> Signals:
    """What is new since the job last learned."""
    with store.reading() as connection:
        return job.signals(connection, learned_until(connection, job.name))


def learned_until(connection: Connection, job: str) -> str:
    """Up to which review the labels are in a run that is done, UTC; "" where none is."""
    done = runs(connection, job, (DONE,), newest=LATELY)
    return max((str(run.facts.get("newest_label", "")) for run in done), default="")


def go_on(store: ServiceStore, job: RetrainJob, run: JobRun, clock: JobClock) -> JobRun:
    """Go through the steps of a run that was taken up.

    Raises:
        LeaseLost: another process has it meanwhile.
    """

    def pause(run: JobRun) -> Pause | None:
        with store.reading() as connection:
            return pause_of(connection, job, clock.now())

    def left(run: JobRun) -> Mapping[str, float]:
        with store.reading() as connection:
            return left_of(job.settings, counted_runs(connection, job.name, job.settings, clock.now()))

    limits = RunLimits(job.lease, job.settings.attempts, pause, left)
    return run_steps(store, run, job.steps, clock, run_folder(job, run), limits)


def run_folder(job: RetrainJob, run: JobRun) -> Path:
    """Folder of a run's files: the same for its slot, whoever is at it."""
    return job.folder / run.slot.replace(":", "").replace("-", "")


def pause_of(connection: Connection, job: RetrainJob, at: datetime) -> Pause | None:
    """Why no step may begin now; None where it may."""
    settings = job.settings
    ends = quiet_until(settings.quiet, settings.zone, at)
    if ends is not None:
        return Pause(f"quiet hours ({settings.quiet} {settings.zone})", as_time(ends))
    reason, frees = exhausted(settings, counted_runs(connection, job.name, settings, at))
    return Pause(reason, frees) if reason else None


def look(connection: Connection, job: RetrainJob, signals: Signals, at: datetime) -> Turn:
    """Plan what has come, and take up what comes next."""
    plan_slots(connection, job.name, job.settings, at)
    trigger = triggered(job.settings, signals)
    if trigger is not None:
        plan_triggered(connection, job.name, trigger, at)
    if job.settings.catch_up == "latest":
        pass_over(connection, job.name, at)
    return next_turn(connection, job, signals, at)


def next_turn(connection: Connection, job: RetrainJob, signals: Signals, at: datetime, only: str = "") -> Turn:
    """Take up what comes next: what was cut off or has waited, before what is queued; one at a time.

    Args:
        connection: in a transaction that may write.
        job: whose runs.
        signals: that there are.
        at: the present.
        only: id of the run that alone is meant; "" for all.
    """
    begun = runs(connection, job.name, (RUNNING, WAITING))
    queued = run_of(connection, only) if only else next_queued(connection, job.name)
    for run in begun:
        if is_live(run, at, job.lease):
            return Turn(waits=f"retraining of {run.slot} is at work, at step {run.step or 'its beginning'}")
        if run.state == WAITING and as_time(at) < run.resumes:
            return Turn(waits=waits_for(run))
    if not begun and queued is None:
        return Turn()
    if (pause := pause_of(connection, job, at)) is not None:
        return Turn(waits=f"{pause.reason}, until {pause.resumes}" if pause.resumes else pause.reason)
    if begun or queued is None:
        return Turn(take_up(connection, begun[0], at, job.lease))
    why = nothing_new(queued, signals)
    taken = take_up(connection, queued, at, job.lease, **facts_of(signals))
    return Turn(end_run(connection, taken, SKIPPED, why, at) if why else taken)
