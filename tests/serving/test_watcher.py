"""The watcher beside a service: it looks when a look is due, in nobody's way, and goes on after a fault."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from tests.monitoring.drift.worlds import a_profile, a_window

from assay.commands.serve import COMMAND as SERVE
from assay.commands.watch import COMMAND as WATCH
from assay.errors import ConfigError, DataError, ServiceError
from assay.monitoring.alert import DRIFT
from assay.monitoring.dead_man import Pulse
from assay.monitoring.look import DONE, looks
from assay.monitoring.observation import Scene
from assay.serving.watch import watcher as watcher_module
from assay.serving.watch.apart import ApartObserver
from assay.serving.watch.beside import watched_of, watching
from assay.serving.watch.plan import WatchedModel, look_plan
from assay.serving.watch.settings import WatchSettings
from assay.serving.watch.watcher import AFTER, NICE, Watcher
from assay.store.ids import as_time
from watched import Telling, log_answers

AT = datetime(2026, 11, 2, 8, 30, tzinfo=UTC)


class Looked:
    """Waits for looks that a watcher has taken."""

    def __init__(self) -> None:
        self._count = threading.Semaphore(0)

    def __call__(self, taken: object) -> None:
        self._count.release()

    def wait(self) -> None:
        assert self._count.acquire(timeout=60)


@pytest.fixture(autouse=True)
def at_once(monkeypatch):
    monkeypatch.setattr(watcher_module, "FIRST", 0.0)
    monkeypatch.setattr(watcher_module, "AGAIN", 0.0)


def test_it_looks_once_an_interval_and_waits_for_the_next(world):
    plan = look_plan(world.store, WatchSettings(every=1.0), WatchedModel)
    looked = Looked()
    watcher = Watcher(world.store, plan, clock=lambda: AT, told=looked)
    looked.wait()
    assert watcher.wait_of(AT) == 1800 + AFTER
    assert watcher.wait_of(AT + timedelta(minutes=30)) == 3600 + AFTER
    watcher.close()
    with world.store.reading() as connection:
        (look,) = looks(connection)
    assert (look.state, look.slot, look.every) == (DONE, "2026-11-02T08:00:00Z/3600", 3600)


def test_it_goes_on_after_a_fault(world):
    failures = [ServiceError("the store was away"), RuntimeError("a fault of ours")]

    def watched() -> WatchedModel:
        if failures:
            raise failures.pop()
        return WatchedModel()

    looked = Looked()
    watcher = Watcher(world.store, look_plan(world.store, WatchSettings(every=1.0), watched), told=looked)
    looked.wait()
    watcher.close()
    assert failures == []


@pytest.mark.skipif(sys.platform != "linux", reason="threads have a priority of their own on Linux alone")
def test_it_gives_way_to_who_answers(world):
    nice: list[int] = []
    plan = look_plan(world.store, WatchSettings(every=1.0), WatchedModel)

    def scene(at: datetime):
        nice.append(os.getpriority(os.PRIO_PROCESS, threading.get_native_id()))
        return plan.scene(at)

    looked, before = Looked(), os.getpriority(os.PRIO_PROCESS, 0)
    watcher = Watcher(world.store, replace(plan, scene=scene), told=looked)
    looked.wait()
    watcher.close()
    assert nice == [min(19, before + NICE)] or nice == [NICE]
    assert os.getpriority(os.PRIO_PROCESS, 0) == before


def test_a_service_watches_what_its_champion_answers_and_is_not_watched_where_it_is_switched_off(with_settings):
    world = with_settings(watch=WatchSettings(every=2.0))
    engine = world.service.holder.engine
    assert watched_of(engine) == WatchedModel(engine.digest, None, "tiny", "3")
    log_answers(world.store, 3, as_time(datetime.now(UTC)), bundle=engine.digest)
    with watching(world.service) as watcher:
        assert watcher is not None
        until = threading.Event()
        for _ in range(600):
            with world.store.reading() as connection:
                if (done := looks(connection)) and done[0].state == DONE:
                    break
            until.wait(0.1)
    assert (done[0].bundle, done[0].pictures, done[0].every) == (engine.digest, 3, 7200)
    off = with_settings(watch=WatchSettings(every=0.0))
    with watching(off.service) as watcher:
        assert watcher is None


@pytest.fixture
def full() -> Scene:
    """With a profile and enough answers."""
    return Scene(AT, Pulse("", "", "", 0, as_time(AT)), "b" * 64, a_profile(60), a_window(120))


def test_drift_is_looked_at_by_a_process_of_its_own_that_gives_way(full):
    seen = ApartObserver(Telling())(full)
    assert seen.report["process"] != os.getpid()
    assert (seen.report["nice"], seen.report["at"], seen.looked_for) == (10, str(AT), (DRIFT,))
    nothing = ApartObserver(Telling())(replace(full, profile=None))
    assert nothing.report["process"] == os.getpid(), "no process is started for what has nothing to compute"


def test_what_fails_there_fails_here(full):
    with pytest.raises(DataError, match="of other classes"):
        ApartObserver(Telling(fault=DataError("of other classes")))(full)
    with pytest.raises(ServiceError, match=r"has died \(drift, exit code -9\)"):
        ApartObserver(Telling(killed=True))(full)


def test_one_false_alarm_is_expected_in_the_days_that_are_asked_for():
    assert WatchSettings(every=6.0, false_alarms_per="100 days").level == pytest.approx(1 / 400)
    assert WatchSettings(every=24.0).level == pytest.approx(1 / 182, rel=0.02)
    assert WatchSettings(every=168.0, false_alarms_per="1 day").level == 0.05


@pytest.mark.parametrize(
    ("wrong", "why"),
    [
        ("watch_window=7 days", "watch_window=7 days: a span is a number.+ watch_window=7d$"),
        ("watch_window=", "watch_window=: is empty; all takes everything"),
        ("watch_false_alarms_per=often", "watch_false_alarms_per=often"),
        ("alert_webhook=http://hooks.example.org/", "alert_webhook=http://hooks"),
    ],
)
def test_what_cannot_be_watched_or_told_is_refused_before_anything_starts(wrong, why):
    with pytest.raises(ConfigError, match=why):
        SERVE.parse([wrong])


def test_a_service_and_a_look_by_hand_take_the_same_settings_with_the_same_defaults():
    own = [key.removeprefix("watch_") for key in (key.key for key in SERVE.keys) if key.startswith("watch_")]
    words = {"every": "12", "window": "all", "smallest": "30", "accuracy_below": "0.8", "reject_above": "0.4"}
    words |= {"quiet_hours": "8", "false_alarms_per": "1 year"}
    assert own == list(words)
    served, *_ = SERVE.parse([])
    by_hand, *_ = WATCH.parse(["once"])
    assert served.watch == by_hand.settings == WatchSettings()
    served, *_ = SERVE.parse([f"watch_{key}={value}" for key, value in words.items()])
    by_hand, *_ = WATCH.parse(["once", *(f"{key}={value}" for key, value in words.items())])
    assert served.watch == by_hand.settings == WatchSettings(12.0, "all", 30, 0.8, 0.4, 8.0, "1 year")


def test_watching_beside_a_service_imports_nothing_that_trains():
    code = (
        "import sys, assay.serving.watch.plan, assay.monitoring.drift.measure, assay.serving.watch.watcher\n"
        "print([name for name in ('torch', 'mlflow', 'sklearn') if name in sys.modules])"
    )
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=120)
    assert said.stdout.strip() == "[]"
