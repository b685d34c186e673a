"""A store with a job of retraining, and a clock that a test sets."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from tests.store.conftest import store as store  # a fixture
from tests.store.conftest import url as url

from assay.retraining.due import RetrainJob
from assay.retraining.job import QUEUED, SCHEDULE, JobRun
from assay.retraining.ledger import take_up
from assay.retraining.rows import add_run, run_of
from assay.retraining.settings import RetrainSettings
from assay.retraining.signals import Signals
from assay.store.ids import as_time, new_id
from assay.store.retrain_tables import RETRAIN_JOBS

START = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)
LEASE = timedelta(minutes=2)


class HandClock:
    """A clock that moves when it is told to; `elapsed` goes on when the time is set back."""

    def __init__(self, now: datetime = START) -> None:
        self.at, self.lived = now, 0.0

    def now(self) -> datetime:
        return self.at

    def elapsed(self) -> float:
        return self.lived

    def sleep(self, seconds: float) -> None:
        self.go(seconds=seconds)

    def wait(self, ended, seconds: float) -> bool:
        return bool(ended.wait())  # no lease is renewed unless a test does

    def go(self, **much: float) -> None:
        self.at += timedelta(**much)
        self.lived += timedelta(**much).total_seconds()


class Noted:
    """A step that writes down each call, and does what a test wants."""

    def __init__(self, name: str, *does: object) -> None:
        self.name, self.does, self.contexts = name, list(does) or [{}], []

    def run(self, context):
        self.contexts.append(context)
        does = self.does.pop(0) if len(self.does) > 1 else self.does[0]
        if isinstance(does, BaseException):
            raise does
        return does(context) if callable(does) else does


@pytest.fixture
def clock() -> HandClock:
    return HandClock()


@pytest.fixture
def queued(store):
    """Makes a run that nobody is at."""

    def make(slot: datetime = START, job: str = "weekly", state: str = QUEUED) -> JobRun:
        run = JobRun(new_id(), job, as_time(slot), SCHEDULE, state, created=as_time(slot))

        def add(connection):
            known = connection.execute(RETRAIN_JOBS.select().where(RETRAIN_JOBS.c.job == job)).first()
            if known is None:
                values = {"job": job, "since": as_time(slot), "reached": as_time(slot)}
                connection.execute(RETRAIN_JOBS.insert().values(**values))
            add_run(connection, run)

        store.write(add)
        return run

    return make


@pytest.fixture
def taken(store, queued, clock):
    """Takes a run up, a new one or one that was taken before."""

    def take(run: JobRun | None = None) -> JobRun:
        mine = run or queued()
        return store.write(lambda c: take_up(c, run_of(c, mine.id), clock.now(), LEASE))

    return take


def new_labels(connection, since):
    """Signals with one new label, always."""
    return Signals(("2026-03-01T00:00:00.000Z",))


@pytest.fixture
def job(tmp_path):
    """Makes a job of steps, daily at 02:00 UTC, with something new each time."""

    def make(*steps, signals=new_labels, **settings) -> RetrainJob:
        asked = RetrainSettings(**{"schedule": "0 2 * * *", "catch_up": "all", **settings})
        return RetrainJob("daily", asked, steps or (Noted("train"),), tmp_path / "retrain", signals)

    return make
