"""A run goes through its steps once, whatever cuts it off, and whoever lost it writes nothing."""

from __future__ import annotations

import json

import pytest
from sqlalchemy import select
from tests.retraining.conftest import LEASE, START, Noted

from assay.errors import DataError, TrackingError
from assay.retraining.job import FAILED
from assay.retraining.lease import LeaseLost, is_live
from assay.retraining.ledger import begin_step, end_run, end_step, results_of
from assay.retraining.rows import attempts, run_of
from assay.retraining.runner import Pause, RunLimits, run_steps
from assay.store.ids import as_time
from assay.store.tables import TRAIL
from assay.store.trail import trail_findings


class Killed(BaseException):
    """Stands for a kill: nothing behind it runs."""


@pytest.fixture
def go(store, clock, tmp_path):
    """Takes a run through steps."""

    def run(mine, *steps, **limits):
        return run_steps(store, mine, steps, clock, tmp_path / mine.id, RunLimits(lease=LEASE, **limits))

    return run


def ledger(store, run):
    with store.reading() as connection:
        return [(each.step, each.attempt, each.state) for each in attempts(connection, run.id)]


def lines(store):
    with store.reading() as connection:
        rows = connection.execute(select(TRAIL.c.kind, TRAIL.c.content).order_by(TRAIL.c.number)).all()
        assert trail_findings(connection) == []
    return [(kind, json.loads(content)) for kind, content in rows]


def test_steps_run_in_their_order_and_see_the_results_before_them(go, taken, store):
    first, second = Noted("collect", {"pictures": 3}), Noted("train", {"run": "1f2e"})
    ended = go(taken(), first, second)
    assert (ended.state, ended.step, ended.ended) == ("done", "train", as_time(START))
    assert second.contexts[0].results == {"collect": {"pictures": 3}}
    assert ledger(store, ended) == [("collect", 1, "done"), ("train", 1, "done")]


def test_a_step_that_is_done_never_runs_again(go, taken, clock):
    first, second = Noted("collect", {"pictures": 3}), Noted("train", Killed(), {"run": "1f2e"})
    mine = taken()
    with pytest.raises(Killed):
        go(mine, first, second)
    clock.go(minutes=3)
    ended = go(taken(mine), first, second)
    assert ended.state == "done"
    assert (len(first.contexts), len(second.contexts)) == (1, 2)
    assert second.contexts[1].results == {"collect": {"pictures": 3}}


def test_an_attempt_that_was_killed_is_told_from_one_that_has_failed(go, taken, store, clock):
    step = Noted("train", Killed(), ValueError("no room"), {})
    mine = taken()
    with pytest.raises(Killed):
        go(mine, step)
    assert ledger(store, mine) == [("train", 1, "running")]
    go(taken(mine), step)
    assert ledger(store, mine) == [("train", 1, "killed"), ("train", 2, "failed"), ("train", 3, "done")]


def test_a_step_that_kills_its_process_each_time_is_given_up(go, taken, store, clock):
    step = Noted("train", Killed())
    mine = taken()
    for _ in range(3):
        with pytest.raises(Killed):
            go(mine, step, attempts=3)
        clock.go(minutes=3)
        mine = taken(mine)
    ended = go(mine, step, attempts=3)
    assert (ended.state, ended.reason) == (FAILED, "train: failed or was killed 3 times")
    assert len(step.contexts) == 3


def test_what_a_person_has_to_mend_fails_at_once(go, taken, store):
    ended = go(taken(), Noted("train", DataError("photos: no such folder")), Noted("gate"))
    assert (ended.state, ended.reason) == (FAILED, "train: photos: no such folder")
    kind, content = lines(store)[-1]
    assert (kind, content["state"], content["error"]) == ("retraining ended", "failed", "DataError")
    assert "photos" not in json.dumps(content), "the trail names no files"


def test_what_does_not_answer_is_asked_again_ten_minutes_later(go, taken):
    step = Noted("train", TrackingError("http://mlflow: does not answer"), {})
    mine = taken()
    left = go(mine, step)
    assert (left.state, left.resumes) == ("waiting", "2026-03-02T01:10:00.000Z")
    assert go(taken(mine), step).state == "done"


def test_a_step_that_waits_is_called_again_with_what_it_had(go, taken, store):
    waits = {"waits": "of 500 pictures 120 were answered", "resumes": "2026-03-02T02:00:00.000Z", "answered": 120}
    step = Noted("canary", waits, {"answered": 500})
    mine = taken()
    left = go(mine, step)
    assert (left.state, left.reason, left.resumes) == ("waiting", waits["waits"], waits["resumes"])
    assert go(taken(mine), step).state == "done"
    assert step.contexts[1].earlier["answered"] == 120
    assert ledger(store, mine) == [("canary", 1, "done")], "waiting is no failure"


def test_a_step_can_end_the_run_with_a_verdict(go, taken, store):
    last = Noted("promote")
    ended = go(taken(), Noted("gate", {"verdict": "kept", "ends": "not better than the champion"}), last)
    assert (ended.state, ended.verdict, ended.reason) == ("done", "kept", "not better than the champion")
    assert last.contexts == []
    assert [kind for kind, _ in lines(store)] == ["retraining started", "retraining verdict", "retraining ended"]
    assert lines(store)[-1][1]["verdict"] == "kept"


def test_a_result_that_is_no_json_is_the_fault_of_its_step(go, taken, store):
    ended = go(taken(), Noted("gate", {"f1": float("nan")}), attempts=2)
    assert ended.state == FAILED
    assert ledger(store, ended) == [("gate", 1, "failed"), ("gate", 2, "failed")]


def test_hours_are_those_that_passed_not_those_that_the_clock_was_set(go, taken, clock):
    def works(context):
        clock.go(hours=2)
        clock.at = START  # somebody sets it back by two hours
        return {"cost": {"pictures": 30}}

    assert go(taken(), Noted("collect", works)).cost == {"hours": 2.0, "pictures": 30}


def test_hours_of_a_killed_attempt_count_up_to_its_last_sign_of_life(store, taken, clock):
    mine = taken()
    store.write(lambda c: begin_step(c, mine, "train", clock.now()))
    clock.go(hours=1)
    from assay.retraining.lease import renew

    store.write(lambda c: renew(c, mine, clock.now(), LEASE))
    clock.go(hours=5)
    assert taken(mine).cost == {"hours": 1.0}


def test_a_run_pauses_before_a_step(go, taken):
    step = Noted("train")
    left = go(taken(), step, pause=lambda run: Pause("quiet hours", "2026-03-02T05:00:00.000Z"))
    assert (left.state, left.reason, left.lease, step.contexts) == ("waiting", "quiet hours", "", [])


def test_whoever_was_asleep_and_lost_the_run_writes_nothing(go, taken, store, clock):
    """The first process begins a step and sleeps; a second takes the run up and ends it; the first wakes."""
    asleep = taken()

    def sleeps(context):
        clock.go(hours=1)
        other = taken(asleep)
        assert go(other, Noted("train", {"model": "of the second"})).state == "done"
        return {"model": "of the first"}

    with pytest.raises(LeaseLost):
        go(asleep, Noted("train", sleeps))
    with store.reading() as connection:
        assert results_of(connection, asleep.id) == {"train": {"model": "of the second"}}
        assert run_of(connection, asleep.id).state == "done"


def test_a_step_learns_before_what_cannot_be_undone_that_the_run_is_lost(go, taken, clock):
    asleep, promoted = taken(), []

    def promotes(context):
        taken(asleep)
        context.hold()
        promoted.append(context.run.id)

    with pytest.raises(LeaseLost):
        go(asleep, Noted("promote", promotes))
    assert promoted == []


def test_every_write_of_the_ledger_needs_the_newest_fence(store, taken, clock):
    old = taken()
    attempt = store.write(lambda c: begin_step(c, old, "train", clock.now()))
    taken(old)
    writes = (
        lambda c: begin_step(c, old, "gate", clock.now()),
        lambda c: end_step(c, old, attempt, {}, clock.now(), 1.0),
        lambda c: end_run(c, old, FAILED, "", clock.now()),
    )
    for write in writes:
        with pytest.raises(LeaseLost):
            store.write(write)


def test_a_lease_lives_until_its_end_or_until_the_clock_is_set_back(store, taken, clock):
    run = taken()
    minutes = {0: True, 1: True, 2: False, -1: True, -2: True, -3: False, -120: False}
    for much, lives in minutes.items():
        clock.at = START
        clock.go(minutes=much)
        assert is_live(run, clock.now(), LEASE) is lives, much
