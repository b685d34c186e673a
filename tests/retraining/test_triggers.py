"""What makes a job retrain: a slot, enough labels, an alert with labels; drift alone never does."""

from __future__ import annotations

from dataclasses import replace

import pytest

from assay.retraining.job import ASKED, SCHEDULE, JobRun
from assay.retraining.settings import RetrainSettings
from assay.retraining.signals import OpenAlert, Signals, signals_of
from assay.retraining.triggers import asks_for_labels, nothing_new, triggered

DRIFT = OpenAlert("a1", "drift", "2026-03-10T00:00:00.000Z", "assay watch once")
SETTINGS = RetrainSettings(labels=1000, alert_labels=50)


def labels(count: int, day: int = 12) -> list[str]:
    return [f"2026-03-{day:02}T{number // 60 % 24:02}:{number % 60:02}:00.000Z" for number in range(count)]


def test_a_thousand_new_labels_retrain_and_their_slot_is_when_there_were_as_many():
    assert triggered(SETTINGS, signals_of(labels(999), [])) is None
    trigger = triggered(SETTINGS, signals_of(labels(1200), []))
    assert (trigger.kind, trigger.slot) == ("labels", labels(1000)[-1])


@pytest.mark.parametrize("alerts", [1, 5])
def test_drift_alone_never_retrains_it_asks_for_labels(alerts):
    signals = signals_of([], [replace(DRIFT, id=f"a{number}") for number in range(alerts)])
    assert triggered(SETTINGS, signals) is None
    assert triggered(replace(SETTINGS, labels=1, alert_labels=1), signals) is None
    assert len(asks_for_labels(SETTINGS, signals)) == alerts
    assert "0 of 50 labels" in asks_for_labels(SETTINGS, signals)[0]


def test_an_alert_retrains_once_there_are_labels_that_are_newer():
    before, after = labels(60, day=9), labels(50)
    assert triggered(SETTINGS, signals_of(before, [DRIFT])) is None, "labels of before the drift say nothing of it"
    assert triggered(SETTINGS, signals_of(before + after[:49], [DRIFT])) is None
    trigger = triggered(SETTINGS, signals_of(before + after, [DRIFT]))
    assert (trigger.kind, trigger.slot) == ("alert", after[-1])
    assert asks_for_labels(SETTINGS, signals_of(after, [DRIFT])) == []


def test_a_trigger_that_is_not_asked_for_does_nothing():
    only = replace(SETTINGS, triggers=("schedule",))
    assert triggered(only, signals_of(labels(2000), [DRIFT])) is None


def test_a_run_without_new_labels_says_why_it_is_skipped():
    run = JobRun("r", "weekly", "2026-03-16T01:00:00.000Z", SCHEDULE, "queued")
    assert nothing_new(run, Signals()).startswith("nothing new")
    assert "alone never retrains" in nothing_new(run, signals_of([], [DRIFT]))
    assert nothing_new(run, signals_of(labels(1), [])) == ""
    assert nothing_new(replace(run, trigger=ASKED), Signals()) != ""
    assert nothing_new(replace(run, trigger=ASKED, facts={"anyway": True}), Signals()) == ""
