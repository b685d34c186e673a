"""Alerts: a cause opens once, goes on, is muted, acknowledged and resolved, and ends by itself; each deed is a line."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest
from sqlalchemy import select

from assay.errors import ServiceError
from assay.monitoring.alert import DEAD_MAN, DRIFT, KINDS, OPEN, RESOLVED, Cause, NextStep, SpeakingAnswer
from assay.monitoring.alerts import (
    QUIET_LOOKS,
    Sighting,
    acknowledge,
    alerts,
    find_alert,
    mute,
    note_causes,
    resolve,
    speaking_answers,
    standing_alerts,
)
from assay.store.service_store import ServiceStore
from assay.store.tables import TRAIL, TRAIL_PERSONAL
from assay.store.trail import trail_findings
from watched import log_answers

DARKER = Cause(
    "drift/ks/brightness",
    DRIFT,
    "drift.statistic",
    {"statistic": "brightness", "p": 0.001},
    "brightness has changed (p 0.001)",
    (SpeakingAnswer("p2", 3.5), SpeakingAnswer("gone", 3.0), SpeakingAnswer("p1", 2.0)),
    NextStep("review", 50),
)
SILENT = Cause("dead_man/predictions", DEAD_MAN, "dead_man.predictions", {"hours": 30}, "no answer for 30 hours")


def sighting(hour: int, *causes: Cause, **other: object) -> Sighting:
    about = {"bundle": "b" * 64, "looked_for": KINDS}
    time = f"2026-11-{2 + hour // 24:02}T{hour % 24:02}:00:00.000Z"
    return Sighting(f"look{hour}", time, "cells", "3", causes=causes, **{**about, **other})


def look(store, hour: int, *causes: Cause, **other: object):
    return store.write(lambda c: note_causes(c, sighting(hour, *causes, **other)))


def kinds(store) -> list[str]:
    with store.reading() as connection:
        assert trail_findings(connection) == []
        return list(connection.scalars(select(TRAIL.c.kind).order_by(TRAIL.c.number)))


def test_a_cause_that_is_met_again_goes_on_and_does_not_open_twice(store):
    for name in ("p1", "p2"):
        log_answers(store, 1, "2026-11-01T00:00:00.000Z", id=name)
    (opened,) = look(store, 0, DARKER).opened
    more = replace(DARKER, values={"statistic": "brightness", "p": 0.0001}, sentence="darker still")
    again = look(store, 1, more)
    assert (again.opened, again.called_again, again.ended) == ((), (), ())
    with store.reading() as connection:
        (kept,) = standing_alerts(connection)
        assert [each.prediction for each in speaking_answers(connection, kept.id)] == ["p2", "p1"]
    assert kept == again.continued[0]
    assert (kept.id, kept.state, kept.count) == (opened.id, OPEN, 2)
    assert (kept.opened, kept.last) == ("2026-11-02T00:00:00.000Z", "2026-11-02T01:00:00.000Z")
    assert (kept.sentence, kept.evidence["values"]["p"], kept.look) == ("darker still", 0.0001, "look1")
    assert kept.next_step.command(kept.id) == f"assay watch alerts queue {kept.id} count=50"
    assert [kind for kind in kinds(store) if kind.startswith("alert")] == ["alert opened"]


def test_two_watchers_that_meet_one_cause_open_one_alert(tmp_path):
    url = f"sqlite:///{tmp_path}/both.db"
    with ServiceStore(url) as one, ServiceStore(url) as other, ThreadPoolExecutor(8) as pool:
        changes = list(pool.map(lambda n: look((one, other)[n % 2], n, DARKER), range(16)))
        with one.reading() as connection:
            assert [each.count for each in alerts(connection)] == [16]
    assert sum(len(each.opened) for each in changes) == 1


def test_a_muted_alert_calls_nobody_until_its_time_and_then_again(store):
    (opened,) = look(store, 0, DARKER).opened
    until = "2026-11-02T05:00:00.000Z"
    store.write(lambda c: mute(c, opened, until=until, at="2026-11-02T00:30:00.000Z", actor="kim"))
    for hour in range(1, 5):
        change = look(store, hour, DARKER)
        assert (change.called_again, [each.calls(f"2026-11-02T0{hour}:00:00.000Z") for each in change.continued]) == (
            (),
            [False],
        )
    (again,) = look(store, 5, DARKER).called_again
    assert again.calls("2026-11-02T05:00:00.000Z")
    assert look(store, 6, DARKER).called_again == ()
    assert kinds(store) == ["alert opened", "alert muted", "alert unmuted"]


def test_what_is_acknowledged_has_an_owner_and_calls_nobody_also_behind_its_mute(store):
    (opened,) = look(store, 0, DARKER).opened
    owned = store.write(lambda c: acknowledge(c, opened, owner="kim", actor="kim"))
    assert (owned.owner, owned.calls("2026-11-02T01:00:00.000Z")) == ("kim", False)
    store.write(lambda c: mute(c, owned, until="2026-11-02T02:00:00.000Z", at="2026-11-02T01:00:00.000Z", actor="kim"))
    change = look(store, 3, DARKER)
    assert (change.called_again, change.continued[0].owner) == ((), "kim")


def test_what_was_resolved_opens_anew_as_another_alert_when_its_cause_is_met_again(store):
    (opened,) = look(store, 0, DARKER).opened
    done = store.write(lambda c: resolve(c, opened, reason="the lamp was changed", at="2026-11-02T00:30", actor="kim"))
    assert (done.state, done.reason) == (RESOLVED, "the lamp was changed")
    (other,) = look(store, 1, DARKER).opened
    assert other.id != opened.id
    with pytest.raises(ServiceError, match="was resolved"):
        store.write(lambda c: mute(c, done, until="2027", at="2026", actor="kim"))
    with store.reading() as connection:
        about = [json.loads(text) for text in connection.scalars(select(TRAIL_PERSONAL.c.content))]
        content = " ".join(connection.scalars(select(TRAIL.c.content)))
    assert about == [{"actor": "kim", "reason": "the lamp was changed"}]
    assert "kim" not in content
    assert "lamp" not in content


def test_a_cause_that_is_not_met_any_more_ends_by_itself_after_some_looks(store):
    look(store, 0, DARKER)
    look(store, 1)
    look(store, 2, DARKER)
    assert [look(store, 3 + n).ended != () for n in range(QUIET_LOOKS)] == [False] * (QUIET_LOOKS - 1) + [True]
    with store.reading() as connection:
        (ended,) = alerts(connection)
    assert (ended.state, ended.count, ended.reason) == (RESOLVED, 2, "not met in 2 looks in a row")


def test_a_look_that_could_not_look_for_a_kind_ends_nothing_of_it(store):
    look(store, 0, DARKER, SILENT)
    for hour in range(1, 5):
        look(store, hour, SILENT, bundle="", looked_for=(DEAD_MAN,))
    with store.reading() as connection:
        assert {each.cause: each.count for each in standing_alerts(connection)} == {
            "drift/ks/brightness": 1,
            "dead_man/predictions": 5,
        }


def test_what_was_met_of_another_model_is_another_alert(store):
    look(store, 0, DARKER, SILENT)
    change = look(store, 1, DARKER, SILENT, bundle="c" * 64)
    assert [each.cause for each in change.opened] == ["drift/ks/brightness"]
    assert [each.cause for each in change.continued] == ["dead_man/predictions"]
    with store.reading() as connection:
        (ended,) = alerts(connection, *[])[-1:]
        assert [(each.bundle[:1], each.state) for each in alerts(connection)] == [
            ("c", OPEN),
            ("", OPEN),
            ("b", RESOLVED),
        ]
    assert ended.reason == "another model answers now"


def test_an_alert_is_found_by_its_id_or_by_how_it_ends(store):
    (opened,) = look(store, 0, DARKER).opened
    with store.reading() as connection:
        assert find_alert(connection, opened.id) == find_alert(connection, opened.id[-8:].upper()) == opened
        for text in ("", "%", opened.id[-7:], "00000000", "_" * 36):
            with pytest.raises(ServiceError, match="assay watch alerts list all=true"):
                find_alert(connection, text)


@pytest.mark.parametrize(("reason", "until"), [("  ", "2027"), ("x", "2026-11-01")])
def test_nothing_is_resolved_without_a_reason_or_muted_into_the_past(store, reason, until):
    (opened,) = look(store, 0, DARKER).opened
    deeds = {
        "  ": lambda c: resolve(c, opened, reason=reason, at="2026-11-02", actor="kim"),
        "x": lambda c: mute(c, opened, until=until, at="2026-11-02", actor="kim"),
    }
    with pytest.raises(ServiceError):
        store.write(deeds[reason])
    assert kinds(store) == ["alert opened"]
