"""Looks and alerts on each kind of database: claimed once, open once, found by how an id ends."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime

from assay.monitoring.alert import DRIFT, KINDS, Cause, SpeakingAnswer
from assay.monitoring.alert_messages import tell_changes
from assay.monitoring.alerts import Sighting, find_alert, mute, note_causes, resolve, speaking_answers
from assay.monitoring.look import DONE, claim_look, end_look, last_look, spent_alpha
from assay.store.service_store import ServiceStore
from assay.store.webhooks import OF_ALERTS
from watched import log_answers

AT = datetime(2026, 11, 2, 8, tzinfo=UTC)
NOW = "2026-11-02T08:00:00.000Z"


def test_looks_and_alerts_are_one_of_a_kind_for_several_services(url):
    with ServiceStore(url) as one, ServiceStore(url) as other, ThreadPoolExecutor(8) as pool:
        stores = [one, other] * 4
        claimed = list(pool.map(lambda store: store.write(lambda c: claim_look(c, at=AT, every=3600)), stores))
        (look,) = [each for each in claimed if each is not None]
        assert one.write(lambda c: end_look(c, replace(look, state=DONE, alpha=0.25, bundle="b" * 64)))
        (answer,) = log_answers(one, 1, NOW)
        cause = Cause("drift/pictures", DRIFT, "drift.pictures", {}, "darker", (SpeakingAnswer(answer.id, 1.5),))
        sighting = Sighting(look.id, NOW, "cells", "3", "b" * 64, (cause,), KINDS)

        def note(connection):
            changes = note_causes(connection, sighting)
            tell_changes(connection, changes, "https://hooks.example.org/", at=NOW)
            return changes

        changes = list(pool.map(lambda store: store.write(note), stores))
        (alert,) = [each for change in changes for each in change.opened]
        with other.reading() as connection:
            known = find_alert(connection, alert.id[-8:])
            assert known.count == 8
            assert speaking_answers(connection, alert.id) == [SpeakingAnswer(answer.id, 1.5)]
            assert spent_alpha(connection, bundle="b" * 64) == (1, 0.25)
            assert last_look(connection).id == look.id
            (webhook,) = OF_ALERTS.due(connection, at=NOW, limit=9)
        taken = pool.map(lambda store: store.write(lambda c: OF_ALERTS.take(c, webhook, until="2026-11-03")), stores)
        assert sum(taken) == 1
        muted = one.write(lambda c: mute(c, known, until="2026-11-05", at=NOW, actor="kim"))
        one.write(lambda c: resolve(c, muted, reason="done", at=NOW, actor="kim"))
        assert other.write(note).opened[0].id != alert.id
