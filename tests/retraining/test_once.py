"""A person asks for a retraining, has a failed one tried again, or lets one process keep the time."""

from __future__ import annotations

import threading
from datetime import UTC, datetime

import pytest
from sqlalchemy import select
from tests.retraining.conftest import HandClock, Noted

from assay.errors import DataError, ServiceError
from assay.retraining.clock_loop import keep_time
from assay.retraining.due import due
from assay.retraining.once import once
from assay.retraining.plan import plan
from assay.retraining.rows import attempts, runs
from assay.retraining.signals import OpenAlert, Signals, signals_of
from assay.store.tables import TRAIL, TRAIL_PERSONAL
from assay.tracking.interrupt import Terminated

BEGIN = datetime(2026, 3, 2, 12, 30, tzinfo=UTC)


def nothing(connection, since):
    return Signals()


def test_a_person_gets_a_run_at_any_time_and_his_name_is_what_can_be_erased(store, job):
    (run,) = once(store, job(), HandClock(BEGIN), actor="kim").runs
    assert (run.slot, run.trigger, run.state) == ("2026-03-02T12:30:00.000Z", "asked", "done")
    with store.reading() as connection:
        contents = connection.scalars(select(TRAIL.c.content)).all()
        personal = connection.scalars(select(TRAIL_PERSONAL.c.content)).all()
    assert not any("kim" in content for content in contents)
    assert personal == ['{"actor":"kim"}']


def test_without_anything_new_a_person_has_to_say_anyway(store, job):
    clock, mine = HandClock(BEGIN), job(signals=nothing)
    assert once(store, mine, clock, actor="kim").runs[0].state == "skipped"
    clock.go(minutes=1)
    assert once(store, mine, clock, actor="kim", anyway=True).runs[0].state == "done"


def test_a_failed_run_goes_on_at_the_step_that_failed(store, job):
    clock, collect = HandClock(BEGIN), Noted("collect", {"pictures": 3})
    mine = job(collect, Noted("train", DataError("photos: no such folder"), {"model": 1}))
    (failed,) = once(store, mine, clock, actor="kim").runs
    (again,) = once(store, mine, clock, actor="kim", again=failed.id[-8:]).runs
    assert (again.id, again.state) == (failed.id, "done")
    assert len(collect.contexts) == 1
    with store.reading() as connection:
        states = [(each.step, each.state) for each in attempts(connection, failed.id)]
    assert states == [("collect", "done"), ("train", "tried again"), ("train", "done")]


def test_what_has_not_failed_is_not_tried_again(store, job):
    clock, mine = HandClock(BEGIN), job()
    (run,) = once(store, mine, clock, actor="kim").runs
    with pytest.raises(ServiceError, match="only one that has failed"):
        once(store, mine, clock, actor="kim", again=run.id)
    with pytest.raises(ServiceError, match="there is no such retraining"):
        once(store, mine, clock, actor="kim", again="no-such-run")


def test_a_person_does_not_get_a_second_run_beside_one_that_is_open(store, job):
    clock = HandClock(BEGIN)
    mine = job(Noted("canary", {"waits": "for pictures"}, {}))
    once(store, mine, clock, actor="kim")
    with pytest.raises(ServiceError, match="is waiting; assay retrain due goes on with it"):
        once(store, mine, clock, actor="kim")
    assert due(store, mine, clock).runs[0].state == "done"


def test_a_process_that_is_asked_to_end_lets_go_at_once_and_that_is_no_failure(store, job):
    clock = HandClock(BEGIN)
    mine = job(Noted("train", Terminated(15), {}), attempts=1)
    with pytest.raises(Terminated):
        once(store, mine, clock, actor="kim")
    (run,) = due(store, mine, clock).runs
    assert run.state == "done"


def test_a_plan_says_what_a_call_would_do_and_writes_nothing(store, job):
    clock, step = HandClock(BEGIN), Noted("train")
    mine = job(step, schedule="0 2 * * 1", zone="Asia/Bangkok")
    planned = plan(store, mine, BEGIN, slots=2)
    assert planned.slots == (
        ("2026-03-08T19:00:00.000Z", "Mon 2026-03-09 02:00 +07"),
        ("2026-03-15T19:00:00.000Z", "Mon 2026-03-16 02:00 +07"),
    )
    assert (planned.would, planned.why) == ("do nothing", "nothing is due")
    due(store, mine, clock)
    clock.go(days=7)
    for _ in range(2):
        planned = plan(store, mine, clock.now(), slots=1)
        assert planned.would == "retrain for 2026-03-08T19:00:00.000Z"
        assert planned.why == "its slot has come, and there are 1 new labels"
    with store.reading() as connection:
        assert runs(connection) == []
        assert connection.scalars(select(TRAIL.c.kind)).all() == []
    assert step.contexts == []


def test_a_plan_says_why_not(store, job):
    clock = HandClock(BEGIN)
    alert = OpenAlert("a1", "drift", "2026-03-02T00:00:00.000Z", "assay watch alerts queue a1 count=50")
    mine = job(signals=lambda connection, since: signals_of([], [alert]), hours=8, period="day")
    due(store, mine, clock)
    clock.go(days=1)
    planned = plan(store, mine, clock.now(), slots=1)
    assert planned.would == "skip 2026-03-03T02:00:00.000Z"
    assert planned.why == "no new labels; an open alert (drift) asks for labels, and alone never retrains"
    assert (planned.labels, planned.alerts, planned.left) == (0, 1, {"hours": 8.0})
    assert planned.asks[0].endswith("assay watch alerts queue a1 count=50")


def test_one_process_keeps_the_time_until_it_is_told_to_end(store, job):
    class Looks(HandClock):
        """Each wait between two looks is an hour, and the thirtieth is the last; leases are not renewed."""

        def wait(self, event, seconds):
            if threading.current_thread().name == "lease":
                return super().wait(event, seconds)
            self.go(hours=1)
            if self.lived >= 30 * 3600:
                event.set()
            return event.is_set()

    left = keep_time(store, job(), Looks(BEGIN), threading.Event(), every=60)
    assert [(run.slot, run.state) for run in left] == [("2026-03-03T02:00:00.000Z", "done")]


@pytest.mark.parametrize("what", ["a store that is gone"])
def test_a_store_that_does_not_answer_is_asked_again(store, job, what, caplog):
    ended = threading.Event()

    def signals(connection, since):
        if not asked:
            asked.append(what)
            raise ServiceError(what)
        ended.set()
        return Signals()

    asked: list[str] = []

    class Waits(HandClock):
        def wait(self, event, seconds):
            return event.is_set()

    assert keep_time(store, job(signals=signals), Waits(BEGIN), ended, every=60) == ()
    assert what in caplog.text
