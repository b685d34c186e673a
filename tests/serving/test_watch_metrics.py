"""What health and metrics say of the watcher, in labels of a closed set."""

from __future__ import annotations

import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from prometheus_client.parser import text_string_to_metric_families
from sqlalchemy import text

from assay.monitoring.alert import DEAD_MAN, DRIFT, KINDS, Cause
from assay.monitoring.alerts import Sighting, mute, note_causes
from assay.monitoring.look import DONE, claim_look, end_look
from assay.serving.watch.metrics import FAMILIES, MEASURES
from assay.serving.watch.settings import WatchSettings
from assay.store.ids import as_time
from watched import log_answers

DARKER = Cause("drift/ks/brightness", DRIFT, "drift.statistic", {}, "brightness has changed")
SILENT = Cause("dead_man/predictions", DEAD_MAN, "dead_man.predictions", {}, "no answer for 30 hours")
REPORT = {
    "drift": {
        "measures": [
            {"name": "brightness", "effect": 0.31, "p": 0.004, "alarm": True},
            {"name": "predicted", "effect": 0.05, "p": 1.0, "alarm": False},
            {"name": "somebody's own", "effect": 0.5, "p": 0.0, "alarm": True},
        ]
    },
    "estimate": {"accuracy": {"value": 0.91, "lower": 0.88, "upper": 0.94}},
    "operating_point": {"in_domain": 0.9, "rates": {"rejected": {"rate": 0.12}, "unsure": {"rate": 0.06}}},
}


def look(store, at: datetime, report: object = REPORT, **other: object) -> None:
    begun = store.write(lambda c: claim_look(c, at=at, every=3600))
    done = replace(begun, state=DONE, ended=as_time(at), report=report, pictures=120, **other)
    store.write(lambda c: end_look(c, done))


def samples(world) -> dict[tuple[str, str], float]:
    world.service.watch._read = None
    families = text_string_to_metric_families(world.client.get("/metrics").text)
    return {
        (each.name, "".join(each.labels.values())): each.value
        for family in families
        for each in family.samples
        if each.name in FAMILIES
    }


def test_metrics_say_what_the_last_look_saw_and_how_long_ago_that_was(world):
    at = datetime.now(UTC) - timedelta(minutes=30)
    log_answers(world.store, 2, as_time(at - timedelta(hours=2)))
    look(world.store, at)
    sighting = Sighting("l", as_time(at), "cells", "3", "b" * 64, (DARKER, SILENT), KINDS)
    (darker, _) = world.store.write(lambda c: note_causes(c, sighting)).opened
    until = as_time(datetime.now(UTC) + timedelta(days=1))
    world.store.write(lambda c: mute(c, darker, until=until, at=as_time(at), actor="kim"))
    shown = samples(world)
    assert shown["assay_last_look_seconds", ""] == pytest.approx(1800, abs=60)
    assert shown["assay_last_prediction_seconds", ""] == pytest.approx(1800 + 7200, abs=60)
    assert (shown["assay_look_interval_seconds", ""], shown["assay_window_pictures", ""]) == (3600, 120)
    assert {kind: shown["assay_alerts_open", kind] for kind in KINDS} == {
        "drift": 1,
        "estimate": 0,
        "operating_point": 0,
        "dead_man": 1,
        "feedback": 0,
    }
    assert (shown["assay_alerts_calling", "drift"], shown["assay_alerts_calling", "dead_man"]) == (0, 1)
    assert (shown["assay_drift_effect", "brightness"], shown["assay_drift_alarm", "brightness"]) == (0.31, 1)
    assert shown["assay_drift_p_value", "predicted"] == 1.0
    assert [shown["assay_estimated_accuracy" + end, ""] for end in ("", "_lower", "_upper")] == [0.91, 0.88, 0.94]
    assert shown["assay_reject_rate", ""] == 0.12
    assert (shown["assay_domain_rate", "in-domain"], shown["assay_domain_rate", "unsure"]) == (0.9, 0.06)
    assert {label for name, label in shown if name.startswith("assay_drift")} <= set(MEASURES)


def test_without_a_look_nothing_is_said_of_it_so_that_absent_can_tell(world):
    assert {name for name, _ in samples(world)} == {"assay_alerts_open", "assay_alerts_calling"}


def test_a_store_that_cannot_be_read_leaves_the_other_metrics(world):
    world.store.write(lambda c: c.execute(text("DROP TABLE watch_looks")))
    said = world.client.get("/metrics").text
    assert "assay_requests_total" in said
    assert "assay_alerts_open{" not in said


def test_health_says_that_the_watcher_is_late(world, monkeypatch):
    def asked() -> tuple[int, str]:
        world.service.watch._read = None
        response = world.client.get("/v1/health/watch")
        return response.status_code, response.json()["status"]

    assert asked() == (200, "ok"), "it was just started"
    begun = world.service.watch._begun
    two_intervals = 2 * 3600 * world.service.settings.watch.every
    world.service.watch._begun = time.monotonic() - two_intervals - 1
    assert asked() == (503, "late")
    world.service.watch._begun = begun
    look(world.store, datetime.now(UTC) - timedelta(hours=1))
    assert asked() == (200, "ok")
    look(world.store, datetime.now(UTC) - timedelta(hours=3))
    assert asked() == (200, "ok"), "the newest look counts"


def test_health_says_that_the_last_look_is_too_long_ago_also_where_this_service_has_no_watcher(with_settings):
    world = with_settings(watch=WatchSettings(every=0.0))
    assert world.client.get("/v1/health/watch").json()["status"] == "off"
    world.service.watch._read = None
    look(world.store, datetime.now(UTC) - timedelta(hours=2, minutes=1))
    response = world.client.get("/v1/health/watch")
    assert (response.status_code, response.json()["status"]) == (503, "late")
