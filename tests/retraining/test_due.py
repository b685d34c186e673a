"""`due` runs each slot once, whatever the clock does, however often it is called, and by however many."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select
from tests.retraining.conftest import HandClock, Noted

from assay.errors import DataError
from assay.retraining.due import due, next_turn
from assay.retraining.rows import runs
from assay.retraining.signals import OpenAlert, Signals, signals_of
from assay.store.tables import TRAIL

BEGIN = datetime(2026, 3, 2, 12, tzinfo=UTC)


def rows(store):
    with store.reading() as connection:
        return [(run.slot[5:16], run.state) for run in runs(connection)]


def run_of_slot(store, slot):
    with store.reading() as connection:
        return next(run for run in runs(connection) if run.slot.startswith(slot))


def test_a_call_that_is_repeated_does_nothing_more(store, job):
    clock, step = HandClock(BEGIN), Noted("train")
    mine = job(step)
    due(store, mine, clock)
    clock.go(days=1)
    first = due(store, mine, clock)
    assert [run.slot for run in first.runs] == ["2026-03-03T02:00:00.000Z"]
    for _ in range(3):
        again = due(store, mine, clock)
        assert (again.runs, again.waits) == ((), "")
    assert len(step.contexts) == 1


def test_a_new_job_begins_with_the_slot_that_its_timer_called_for(store, job):
    assert (
        due(store, job(), HandClock(datetime(2026, 3, 2, 2, 0, 5, tzinfo=UTC))).runs[0].slot[:16] == "2026-03-02T02:00"
    )


def test_a_new_job_makes_up_for_nothing_that_was_before_it(store, job):
    assert due(store, job(), HandClock(BEGIN)).runs == ()
    assert rows(store) == []


def test_three_days_asleep_are_made_up_for_in_their_order(store, job):
    clock, step = HandClock(BEGIN), Noted("train")
    mine = job(step)
    due(store, mine, clock)
    clock.go(days=3)
    due(store, mine, clock)
    assert rows(store) == [("03-03T02:00", "done"), ("03-04T02:00", "done"), ("03-05T02:00", "done")]
    assert [context.run.slot[8:10] for context in step.contexts] == ["03", "04", "05"]


def test_three_days_asleep_are_one_run_where_the_latest_is_wanted(store, job):
    clock = HandClock(BEGIN)
    mine = job(catch_up="latest")
    due(store, mine, clock)
    clock.go(days=3)
    due(store, mine, clock)
    assert rows(store) == [("03-03T02:00", "skipped"), ("03-04T02:00", "skipped"), ("03-05T02:00", "done")]
    assert "catch_up=latest" in run_of_slot(store, "2026-03-03").reason


def test_a_clock_set_back_by_two_hours_repeats_nothing(store, job):
    clock = HandClock(BEGIN)
    mine = job(schedule="0 * * * *")
    due(store, mine, clock)
    for _ in range(3):
        clock.go(hours=1)
        due(store, mine, clock)
    clock.at -= timedelta(hours=2)
    for _ in range(4):
        clock.go(hours=1)
        due(store, mine, clock)
    assert rows(store) == [(f"03-02T{hour}:00", "done") for hour in (12, 13, 14, 15, 16, 17)]


def five_labels(connection, since):
    return signals_of(
        [time for time in (f"2026-03-01T00:0{minute}:00.000Z" for minute in range(5)) if time > since], []
    )


ZONES = {
    ("Europe/Berlin", "30 2 * * *", "2026-03-27T12:00", 3): ["03-28T01:30", "03-29T01:00", "03-30T00:30"],
    ("Europe/Berlin", "30 2 * * *", "2026-10-23T12:00", 3): ["10-24T00:30", "10-25T00:30", "10-26T01:30"],
    ("Asia/Bangkok", "0 2 * * *", "2026-10-23T12:00", 3): ["10-23T19:00", "10-24T19:00", "10-25T19:00"],
}


@pytest.mark.parametrize("case", ZONES, ids=lambda case: f"{case[0]} {case[2][:10]}")
def test_a_timer_that_calls_every_ten_minutes_runs_the_written_table(store, job, case):
    zone, schedule, start, days = case
    clock = HandClock(datetime.fromisoformat(f"{start}+00:00"))
    mine = job(schedule=schedule, zone=zone)
    for _ in range(days * 24 * 6):
        due(store, mine, clock)
        clock.go(minutes=10)
    assert rows(store) == [(slot, "done") for slot in ZONES[case]]


def test_nothing_new_is_skipped_and_the_row_says_so(store, job):
    clock, step = HandClock(BEGIN), Noted("train")
    mine = job(step, signals=lambda connection, since: Signals())
    due(store, mine, clock)
    clock.go(days=1)
    (run,) = due(store, mine, clock).runs
    assert (run.state, run.reason) == ("skipped", "nothing new: no label was reviewed since the last retraining")
    assert step.contexts == []


def test_drift_alone_skips_its_slot_and_asks_for_labels(store, job):
    clock, step = HandClock(BEGIN), Noted("train")
    alert = OpenAlert("a1", "drift", "2026-03-02T00:00:00.000Z", "assay watch alerts queue a1 count=50")
    mine = job(step, signals=lambda connection, since: signals_of([], [alert]))
    due(store, mine, clock)
    clock.go(days=9)
    result = due(store, mine, clock)
    assert {run.state for run in result.runs} == {"skipped"}
    assert step.contexts == []
    assert result.asks == ("alert of 2026-03-02 (drift): 0 of 50 labels since; assay watch alerts queue a1 count=50",)


def test_labels_that_a_done_run_has_learned_are_new_no_more(store, job):
    clock, asked = HandClock(BEGIN), []

    def signals(connection, since):
        asked.append(since)
        times = [f"2026-03-02T00:{minute:02}:00.000Z" for minute in range(30)]
        return signals_of([time for time in times if time > since], [])

    mine = job(signals=signals, labels=30)
    (run,) = due(store, mine, clock).runs
    assert (run.trigger, run.slot, run.state) == ("labels", "2026-03-02T00:29:00.000Z", "done")
    clock.go(days=1)
    assert [run.state for run in due(store, mine, clock).runs] == ["skipped"]
    assert asked[-1] == "2026-03-02T00:29:00.000Z"


def test_a_triggered_run_that_failed_is_begun_anew_a_day_after_until_one_has_learned_its_labels(store, job):
    clock, broken = HandClock(BEGIN), DataError("no such folder")
    collect = Noted("collect")
    mine = job(collect, Noted("train", broken, broken, {}), triggers=("labels",), signals=five_labels, labels=5)
    for _ in range(4 * 24):
        due(store, mine, clock)
        clock.go(hours=1)
    assert rows(store) == [("03-01T00:04", "failed"), ("03-03T12:00", "failed"), ("03-04T12:00", "done")]
    assert len(collect.contexts) == 3
    third = run_of_slot(store, "2026-03-04")
    assert third.reason == "5 new reviewed labels; the retraining of 2026-03-03T12:00:00.000Z for them has failed"


def test_labels_of_a_triggered_run_that_failed_are_learned_by_the_next_slot_and_begin_nothing_more(store, job):
    clock = HandClock(BEGIN)
    mine = job(Noted("train", DataError("no such folder"), {}), signals=five_labels, labels=5)
    for _ in range(3 * 24):
        due(store, mine, clock)
        clock.go(hours=1)
    assert rows(store)[:2] == [("03-01T00:04", "failed"), ("03-03T02:00", "done")]
    assert {state for _, state in rows(store)[2:]} == {"skipped"}


def test_runs_of_one_job_never_overlap(store, job):
    """While a run is at work, another process that looks is told so, and later slots wait for it."""
    clock, told = HandClock(BEGIN), []

    def looks(context):
        clock.go(days=1)
        store.write(
            lambda c: told.append(next_turn(c, mine, Signals(("2026",)), context.clock.now() - timedelta(days=1)))
        )
        return {}

    mine = job(Noted("train", looks, {}))
    due(store, mine, clock)
    clock.go(days=1)
    result = due(store, mine, clock)
    assert told[0].run is None
    assert told[0].waits == "retraining of 2026-03-03T02:00:00.000Z is at work, at step train"
    assert [run.slot[8:10] for run in result.runs] == ["03", "04"]


def test_quiet_hours_put_a_slot_off_and_nothing_is_lost(store, job):
    clock, step = HandClock(BEGIN), Noted("train")
    mine = job(step, quiet="01:00-06:00")
    due(store, mine, clock)
    clock.at = datetime(2026, 3, 3, 2, 0, tzinfo=UTC)
    assert due(store, mine, clock).waits == "quiet hours (01:00-06:00 UTC), until 2026-03-03T06:00:00.000Z"
    assert rows(store) == [("03-03T02:00", "queued")]
    clock.at = datetime(2026, 3, 3, 6, 0, tzinfo=UTC)
    assert [run.state for run in due(store, mine, clock).runs] == ["done"]


def test_quiet_hours_stop_a_run_between_its_steps(store, job):
    clock = HandClock(BEGIN)
    train, gate = Noted("train", lambda context: clock.go(hours=3) or {}), Noted("gate")
    mine = job(train, gate, quiet="04:00-18:00", schedule="0 2 * * *")
    clock.at = datetime(2026, 3, 3, 2, 0, tzinfo=UTC)
    result = due(store, mine, clock)
    assert (result.runs[0].state, result.runs[0].resumes) == ("waiting", "2026-03-03T18:00:00.000Z")
    assert result.waits.startswith("retraining of 2026-03-03T02:00:00.000Z waits until 2026-03-03T18:00:00.000Z")
    clock.at = datetime(2026, 3, 3, 18, 0, tzinfo=UTC)
    assert due(store, mine, clock).runs[0].state == "done"
    assert (len(train.contexts), len(gate.contexts)) == (1, 1)


def test_hours_that_are_spent_put_runs_off_until_they_have_left_the_period(store, job):
    clock = HandClock(BEGIN)
    step = Noted("train", lambda context: clock.go(hours=5) or {"cost": {"pictures": 40}})
    mine = job(step, hours=8, pictures=100, period="week")
    clock.at = datetime(2026, 3, 3, 2, 0, tzinfo=UTC)
    due(store, mine, clock)
    clock.at = datetime(2026, 3, 4, 2, 0, tzinfo=UTC)
    due(store, mine, clock)
    assert [context.left for context in step.contexts] == [
        {"hours": 8.0, "pictures": 100.0},
        {"hours": 3.0, "pictures": 60.0},
    ]
    clock.at = datetime(2026, 3, 5, 2, 0, tzinfo=UTC)
    waits = due(store, mine, clock).waits
    assert waits == "budget: the 8 hours of a week are spent, until 2026-03-10T02:00:00.000Z"
    clock.at = datetime(2026, 3, 10, 2, 0, tzinfo=UTC)
    assert due(store, mine, clock).runs[0].slot == "2026-03-05T02:00:00.000Z"


def test_a_step_that_waits_for_no_certain_time_ends_the_call(store, job):
    clock = HandClock(BEGIN)
    mine = job(Noted("canary", {"waits": "of 500 pictures 120 were answered"}))
    clock.at = datetime(2026, 3, 3, 2, 0, tzinfo=UTC)
    assert due(store, mine, clock).waits.endswith("of 500 pictures 120 were answered")


def test_the_trail_says_start_and_end_of_each_run_and_names_nobody(store, job):
    clock = HandClock(BEGIN)
    mine = job(Noted("gate", {"verdict": "promoted"}))
    due(store, mine, clock)
    clock.go(days=1)
    due(store, mine, clock)
    with store.reading() as connection:
        lines = connection.execute(select(TRAIL).where(TRAIL.c.kind.like("retraining%"))).all()
    assert [line.kind for line in lines] == ["retraining started", "retraining verdict", "retraining ended"]
    assert {line.personal_digest for line in lines} == {""}
    known = {"run", "job", "slot", "trigger", "state", "verdict", "step", "new_labels", "alerts", "newest_label"}
    assert all(set(json.loads(line.content)) <= known for line in lines)


def test_a_clock_set_back_to_before_the_job_began_makes_no_slots_of_then(store, job):
    clock = HandClock(BEGIN + timedelta(minutes=30))
    mine = job(schedule="0 * * * *")
    due(store, mine, clock)
    clock.at = BEGIN - timedelta(hours=3, minutes=30)
    for _ in range(5):
        due(store, mine, clock)
        clock.go(hours=1)
    assert rows(store) == [("03-02T12:00", "done")]
    clock.at = BEGIN + timedelta(hours=1)
    due(store, mine, clock)
    assert rows(store) == [("03-02T12:00", "done"), ("03-02T13:00", "done")]
