"""Webhooks of alerts: a receiver on this machine that is down for an hour and comes back hears each message once."""

from __future__ import annotations

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

import pytest

from assay.monitoring.alert import DRIFT, KINDS, Cause
from assay.monitoring.alert_messages import tell_changes, tell_resolved
from assay.monitoring.alerts import Sighting, note_causes, resolve, standing_alerts
from assay.serving.jobs.deliveries import Deliveries
from assay.serving.outbox import AlertOutbox
from assay.store.ids import as_time
from assay.store.service_store import ServiceStore
from assay.store.webhooks import DELIVERED, DUE, FAILED, OF_ALERTS
from service_database import open_store
from serving.test_webhooks import NAME, Receiver, verified

URL = f"https://{NAME}/alerts"
START = datetime(2026, 11, 2, 8, tzinfo=UTC)
DARKER = Cause("drift/ks/brightness", DRIFT, "drift.statistic", {"p": 0.001}, "brightness has changed")


class Clock:
    """The present, which passes only where somebody says so."""

    def __init__(self) -> None:
        self.now = START

    def __call__(self) -> datetime:
        return self.now

    @property
    def text(self) -> str:
        return as_time(self.now)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def store(tmp_path) -> Iterator[ServiceStore]:
    with open_store(tmp_path) as opened:
        yield opened


@contextmanager
def heard_by(tmp_path, *statuses: str) -> Iterator[Receiver]:
    receiver = Receiver(tmp_path, *statuses)
    yield receiver
    receiver.close()


def deliveries(store, receiver: Receiver, clock: Clock) -> Deliveries:
    return Deliveries(store, AlertOutbox(), receiver.internet.fetcher(context=receiver.context), clock=clock)


def look(store, clock: Clock, *causes: Cause) -> None:
    sighting = Sighting("look", clock.text, "cells", "3", "b" * 64, causes, KINDS)

    def work(connection) -> None:
        tell_changes(connection, note_causes(connection, sighting), URL, at=clock.text)

    store.write(work)


def messages(store):
    with store.reading() as connection:
        return OF_ALERTS.webhooks(connection)


def test_what_opens_and_ends_in_an_hour_of_outage_is_told_once_each_when_the_receiver_is_back(store, clock, tmp_path):
    with heard_by(tmp_path, "204 No Content") as receiver:
        sender = deliveries(store, receiver, clock)
        up, receiver.internet._servers = receiver.internet._servers, {}
        for minute in range(60):
            if minute % 20 == 0:  # three looks: the cause is met, goes on, goes on
                look(store, clock, DARKER)
            assert sender.send_due() == 0
            clock.now += timedelta(minutes=1)
        assert receiver.bodies == []
        (waiting,) = messages(store)
        assert (waiting.state, waiting.attempts) == (DUE, 4)
        assert waiting.error == "The server cannot be reached, or breaks off."
        receiver.internet._servers = up
        look(store, clock)
        look(store, clock)
        for _ in range(8 * 60):
            sender.send_due()
            clock.now += timedelta(minutes=1)
    told = [json.loads(body) for body in receiver.bodies]
    assert sorted(each["type"] for each in told) == ["alert.opened", "alert.resolved"]
    assert {each["data"]["cause"] for each in told} == {"drift/ks/brightness"}
    assert {each.state for each in messages(store)} == {DELIVERED}
    assert len({each["webhook-id"] for each in receiver.headers}) == 2
    assert told[0]["data"]["page"] == f"/watch/alerts/{told[0]['data']['id']}"


def test_its_receiver_knows_it_for_ours_by_the_secret_of_all_alerts(store, tmp_path, monkeypatch):
    clock = Clock()
    clock.now = datetime.now(UTC)  # the code of the documentation refuses what is old
    with heard_by(tmp_path, "200 OK") as receiver:
        sender = deliveries(store, receiver, clock)
        look(store, clock, DARKER)
        assert sender.send_due() == 1
    (body,), (headers,) = receiver.bodies, receiver.headers
    secret = sender.secret("whichever")
    assert secret == sender.secret("another")
    assert verified()(secret, headers, body)
    assert not verified()(secret, headers, body.replace(b"opened", b"closed"))


def test_of_several_processes_one_sends_a_message(tmp_path, clock):
    url = f"sqlite:///{tmp_path}/both.db"
    with ServiceStore(url) as one, ServiceStore(url) as other, heard_by(tmp_path, "200 OK") as receiver:
        look(one, clock, DARKER)
        senders = [deliveries(store, receiver, clock) for store in (one, other)] * 4
        with ThreadPoolExecutor(8) as pool:
            heard = sum(pool.map(lambda sender: sender.send_due(), senders))
        assert (heard, len(receiver.bodies)) == (1, 1)


def test_a_message_whose_sender_was_killed_is_sent_by_another_one_a_minute_later(store, clock, tmp_path):
    look(store, clock, DARKER)
    with store.reading() as connection:
        (webhook,) = OF_ALERTS.due(connection, at=clock.text, limit=9)
    until = as_time(clock.now + timedelta(seconds=60))
    assert store.write(lambda c: OF_ALERTS.take(c, webhook, until=until))
    assert not store.write(lambda c: OF_ALERTS.take(c, webhook, until=until))
    with heard_by(tmp_path, "200 OK") as receiver:
        sender = deliveries(store, receiver, clock)
        assert sender.send_due() == 0
        clock.now += timedelta(seconds=60)
        assert sender.send_due() == 1


def test_a_receiver_that_wants_no_more_is_left_alone(store, clock, tmp_path):
    with heard_by(tmp_path, "410 Gone") as receiver:
        look(store, clock, DARKER)
        assert deliveries(store, receiver, clock).send_due() == 0
    (webhook,) = messages(store)
    assert (webhook.state, webhook.next) == (FAILED, "")


def test_who_was_told_of_an_alert_is_told_that_a_person_has_resolved_it_and_nobody_else(store, clock):
    look(store, clock, DARKER)
    with store.reading() as connection:
        (alert,) = standing_alerts(connection)

    def work(connection) -> None:
        done = resolve(connection, alert, reason="the lamp was changed", at=clock.text, actor="kim")
        tell_resolved(connection, done, at=clock.text)

    store.write(work)
    assert [each.url for each in messages(store)] == [URL, URL]


def test_nobody_is_told_where_no_address_is_named(store, clock):
    changes = store.write(lambda c: note_causes(c, Sighting("l", clock.text, "cells", "3", "b" * 64, (DARKER,), KINDS)))
    store.write(lambda c: tell_changes(c, changes, "", at=clock.text))
    assert messages(store) == []
