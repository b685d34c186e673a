"""`plan`: the next slots, and what a call of `due` would do now and why; the same as that does, taken back."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from zoneinfo import ZoneInfo

from sqlalchemy import Connection

from assay.retraining.budget import counted_runs, left_of, spent
from assay.retraining.due import RetrainJob, Turn, look, signals_now
from assay.retraining.job import OPEN, RUNNING, SCHEDULE, JobRun
from assay.retraining.rows import runs
from assay.retraining.signals import Signals
from assay.retraining.slots import slots_after
from assay.retraining.triggers import asks_for_labels
from assay.store.ids import as_time
from assay.store.service_store import ServiceStore


@dataclass(frozen=True)
class RetrainPlan:
    """What a job would do.

    Attributes:
        job: name.
        slots: that come next, UTC, and by the clock on the wall of the job's zone.
        would: what a call of `due` would do now, for people.
        why: the reason.
        runs: that are open, or that a call would make.
        labels: new ones.
        alerts: that are open.
        spent: in the period that ends now: "hours", "pictures", "downloads".
        left: of what has a limit.
        asks: what open alerts ask people for.
    """

    job: str
    slots: tuple[tuple[str, str], ...]
    would: str
    why: str
    runs: tuple[JobRun, ...]
    labels: int
    alerts: int
    spent: dict[str, float]
    left: dict[str, float]
    asks: tuple[str, ...]


class _TakenBack(Exception):  # noqa: N818  # no failure: it takes a transaction back
    """Ends a transaction of which nothing is to stay."""

    def __init__(self, turn: Turn, left: tuple[JobRun, ...]) -> None:
        self.turn, self.left = turn, left


def plan(store: ServiceStore, job: RetrainJob, at: datetime, *, slots: int) -> RetrainPlan:
    """What a job would do; nothing is written.

    Args:
        store: of the service.
        job: that is meant.
        at: the present.
        slots: how many of the next are listed.

    Raises:
        ConfigError: a setting of the job cannot be.
        ServiceError: the store does not answer.
    """
    signals = signals_now(store, job)
    turn, left = _looked(store, job, signals, at)
    would, why = _words(turn)
    with store.reading() as connection:
        counted = counted_runs(connection, job.name, job.settings, at)
    return RetrainPlan(
        job.name,
        next_slots(job, at, slots),
        would,
        why,
        left,
        len(signals.labels),
        len(signals.alerts),
        spent(counted),
        left_of(job.settings, counted),
        tuple(asks_for_labels(job.settings, signals)),
    )


def next_slots(job: RetrainJob, at: datetime, count: int) -> tuple[tuple[str, str], ...]:
    """The next slots of a job's schedule: UTC, and by the clock of its zone."""
    if SCHEDULE not in job.settings.triggers:
        return ()
    zone = ZoneInfo(job.settings.zone)
    slots = islice(slots_after(job.settings.schedule, job.settings.zone, at), count)
    return tuple((as_time(slot), f"{slot.astimezone(zone):%a %Y-%m-%d %H:%M %Z}") for slot in slots)


def _looked(store: ServiceStore, job: RetrainJob, signals: Signals, at: datetime) -> tuple[Turn, tuple[JobRun, ...]]:
    def do(connection: Connection) -> None:
        turn = look(connection, job, signals, at)
        left = {run.id: run for run in runs(connection, job.name, OPEN)}
        raise _TakenBack(turn, tuple((left | ({turn.run.id: turn.run} if turn.run else {})).values()))

    try:
        store.write(do)
    except _TakenBack as undone:
        return undone.turn, undone.left
    raise AssertionError("a plan is always taken back")


def _words(turn: Turn) -> tuple[str, str]:
    if turn.waits:
        return "wait", turn.waits
    if turn.run is None:
        return "do nothing", "nothing is due"
    run = turn.run
    if run.state != RUNNING:
        return f"skip {run.slot}", run.reason
    if run.fence > 1:
        return f"go on with {run.slot}", f"at step {run.step or 'its beginning'}"
    labels = f"{run.facts.get('new_labels', 0)} new labels"
    return f"retrain for {run.slot}", run.reason or f"its slot has come, and there are {labels}"
