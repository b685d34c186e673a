"""Watcher and retraining: what called last, and when."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from assay.monitoring.look import DONE, FAILED, claim_look, end_look
from assay.store.ids import as_time, new_id
from assay.store.retrain_tables import RETRAIN_JOBS, RETRAIN_RUNS
from assay.store.service_store import ServiceStore
from doctor_world import Patient

NOON = datetime(2026, 11, 2, 12, tzinfo=UTC)


def look(patient: Patient, at: datetime, state: str) -> None:
    with ServiceStore(patient.store) as store:
        begun = store.write(lambda connection: claim_look(connection, at=at, every=3600))
        assert begun is not None
        ended = replace(begun, state=state, ended=as_time(at), error="" if state == DONE else "no champion")
        store.write(lambda connection: end_look(connection, ended))


def test_nobody_who_has_not_watched_yet_is_late(patient: Patient) -> None:
    assert (patient.worst("watcher").state, patient.worst("retraining").state) == ("absent", "absent")


@pytest.mark.parametrize(("hours", "state"), [(0.5, "ok"), (1.9, "ok"), (2.1, "broken"), (50.0, "broken")])
def test_a_watcher_that_missed_two_looks_does_not_run(patient: Patient, hours: float, state: str) -> None:
    look(patient, NOON, DONE)
    assert patient.worst("watcher", moment=NOON + timedelta(hours=hours)).state == state


def test_a_look_that_failed_is_told_and_one_that_alone_failed_is_none(patient: Patient) -> None:
    look(patient, NOON, FAILED)
    seen = patient.says("watcher", moment=NOON)
    assert [each.state for each in seen] == ["warning", "broken"]
    assert "no champion" in seen[0].sentence
    look(patient, NOON + timedelta(hours=1), DONE)
    assert patient.worst("watcher", moment=NOON + timedelta(hours=1)).state == "ok"


def retraining(patient: Patient, reached: datetime, state: str = "done", lease: str = "") -> str:
    named = dict.fromkeys(("verdict", "renewed", "resumes", "started", "ended"), "")
    run = new_id()
    with ServiceStore(patient.store) as store:
        job = {"job": "weekly", "since": as_time(NOON), "reached": as_time(reached)}
        store.write(lambda connection: connection.execute(RETRAIN_JOBS.insert().values(**job)))
        row = {"id": run, "job": "weekly", "slot": as_time(NOON), "trigger": "schedule", "state": state}
        row |= {"reason": "no room", "step": "train", "attempt": 1, "fence": 1, "lease": lease}
        row |= {"created": as_time(NOON), "cost": "{}", "facts": "{}", **named}
        store.write(lambda connection: connection.execute(RETRAIN_RUNS.insert().values(**row)))
    return run


def test_a_timer_that_does_not_call_is_broken_after_a_day(patient: Patient) -> None:
    retraining(patient, NOON)
    assert patient.worst("retraining", moment=NOON + timedelta(hours=25)).state == "ok"
    assert patient.worst("retraining", moment=NOON + timedelta(hours=27)).state == "broken"
    assert patient.worst("retraining", moment=NOON + timedelta(hours=27), retrain_hours=200.0).state == "ok"


def test_retraining_is_called_for_by_the_command_that_is_named(patient: Patient) -> None:
    retraining(patient, datetime.now(UTC) - timedelta(days=3))
    seen = patient.worst("retraining")
    assert seen.state == "broken"
    patient.types(seen.fix)
    assert patient.worst("retraining").state == "ok"


def test_a_retraining_that_was_cut_off_and_one_that_failed_are_warned_of(patient: Patient) -> None:
    retraining(patient, NOON, "running", as_time(NOON))
    assert patient.worst("retraining", moment=NOON + timedelta(minutes=30)).state == "ok"
    seen = patient.worst("retraining", moment=NOON + timedelta(hours=2))
    assert (seen.state, "cut off at step train" in seen.sentence) == ("warning", True)


def test_a_retraining_that_failed_is_tried_again_by_its_id(patient: Patient) -> None:
    run = retraining(patient, NOON, "failed")
    seen = patient.worst("retraining", moment=NOON)
    assert (seen.state, seen.fix) == ("warning", f"see to it, then assay retrain once run={run}")
