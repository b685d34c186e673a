"""Looks that are taken: silence is alerted to, once an interval, and a part that fails leaves the others alone."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from assay.errors import DataError, ServiceError
from assay.monitoring.alert import DRIFT
from assay.monitoring.dead_man import dead_man_causes, pulse
from assay.monitoring.look import DONE, FAILED, looks
from assay.monitoring.observation import Observation, Scene
from assay.monitoring.observers.silence import SilenceObserver
from assay.monitoring.take_look import LookPlan, take_look
from assay.store.ids import as_time
from assay.store.webhooks import OF_ALERTS
from watched import log_answers

START = datetime(2026, 11, 2, 8, tzinfo=UTC)
HOUR = 3600
URL = "https://hooks.example.org/alerts"


def plan(store, *observers, **other: object) -> LookPlan:
    def scene(at: datetime) -> Scene:
        with store.reading() as connection:
            return Scene(at, pulse(connection, at=at), "b" * 64)

    about = {"url": URL, "model": lambda bundle: ("cells", "3")}
    return LookPlan(HOUR, scene, (SilenceObserver(), *observers), **{**about, **other})


def look(store, hours: float, *observers):
    return take_look(store, plan(store, *observers), at=START + timedelta(hours=hours))


def told(store) -> int:
    with store.reading() as connection:
        return len(OF_ALERTS.webhooks(connection))


def test_a_day_without_an_answer_is_alerted_to_once_and_ends_when_somebody_asks_again(store):
    log_answers(store, 1, as_time(START))
    calling = [[each.cause for each in look(store, hour).calling] for hour in range(28)]
    assert calling == [[]] * 25 + [["dead_man/predictions"]] * 3
    assert told(store) == 1
    log_answers(store, 1, as_time(START + timedelta(hours=27.5)))
    assert [len(look(store, hour).standing) for hour in (28, 29, 30)] == [1, 0, 0]
    assert told(store) == 2


def test_a_log_that_never_held_an_answer_is_alerted_to_a_day_after_the_first_look(store):
    assert [len(look(store, hour).standing) for hour in range(0, 27, 2)] == [0] * 13 + [1]
    with store.reading() as connection:
        (cause,) = dead_man_causes(pulse(connection, at=START + timedelta(hours=26)))
    assert cause.finding == "dead_man.never"


def test_a_watcher_that_did_not_look_for_two_intervals_says_so_when_another_one_does(store):
    log_answers(store, 1, as_time(START))
    for hour in (0, 1, 3):
        assert look(store, hour).standing == (), "two intervals are no more than two"
    (alert,) = look(store, 6).standing
    assert alert.cause == "dead_man/watcher"
    assert alert.sentence == (
        "the watcher did not look for 3.0 hours, the last time on 2026-11-02 11:00 UTC; it is to look every 1 hours"
    )
    with store.reading() as connection:
        assert not pulse(connection, at=START + timedelta(hours=7)).is_late
        assert pulse(connection, at=START + timedelta(hours=8, seconds=1)).is_late


def test_the_same_interval_is_looked_at_once_and_the_second_attempt_gives_the_first_look(store):
    first = look(store, 0.2)
    again = look(store, 0.9)
    assert (first.is_new, again.is_new) == (True, False)
    assert again.look == first.look
    with store.reading() as connection:
        assert [each.state for each in looks(connection)] == [DONE]


def test_a_part_that_cannot_look_leaves_the_others_alone_and_says_why(store):
    def drift(scene: Scene) -> Observation:
        raise DataError("the answers are about other classes")

    def estimate(scene: Scene) -> Observation:
        return Observation("estimate", (DRIFT,), report={"value": 0.9}, alpha=0.01)

    taken = look(store, 0, drift, estimate)
    assert taken.look.report["drift"] == {"missing": "the answers are about other classes"}
    assert taken.look.report["estimate"] == {"value": 0.9}
    assert (taken.look.alpha, taken.look.state) == (0.01, DONE)


def test_a_look_that_fails_is_on_record_and_is_taken_anew_within_its_interval(store):
    def away(at: datetime) -> Scene:
        raise ServiceError("the store was away")

    with pytest.raises(ServiceError):
        take_look(store, replace(plan(store), scene=away), at=START)
    with store.reading() as connection:
        (failed,) = looks(connection)
    assert (failed.state, failed.error) == (FAILED, "ServiceError: the store was away")
    assert take_look(store, plan(store), at=START).is_new


def test_watching_imports_nothing_that_computes_networks():
    code = (
        "import sys, assay.monitoring.take_look, assay.monitoring.observers.silence\n"
        "print([name for name in ('torch', 'mlflow', 'sklearn', 'onnxruntime') if name in sys.modules])"
    )
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=120)
    assert said.stdout.strip() == "[]"
