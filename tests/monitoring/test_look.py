"""Looks: one for each interval, whoever takes it, and how often."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from assay.monitoring.look import DONE, FAILED, LEASE, claim_look, end_look, last_look, looks, slot_of, spent_alpha
from assay.store.service_store import ServiceStore

START = datetime(2026, 11, 2, 10, 17, tzinfo=UTC)
HOUR = 3600


def claim(store, at: datetime = START, every: int = HOUR):
    return store.write(lambda c: claim_look(c, at=at, every=every))


def end(store, look, **values: object) -> bool:
    return store.write(lambda c: end_look(c, replace(look, **{"state": DONE, **values})))


def test_an_interval_has_one_look_however_many_processes_ask(tmp_path):
    url = f"sqlite:///{tmp_path}/both.db"
    with ServiceStore(url) as one, ServiceStore(url) as other, ThreadPoolExecutor(8) as pool:
        claimed = list(pool.map(lambda n: claim((one, other)[n % 2]), range(16)))
    assert sum(each is not None for each in claimed) == 1


def test_the_next_interval_has_its_own_and_the_same_one_none_any_more(store):
    first = claim(store)
    assert end(store, first, pictures=120, alpha=0.01, bundle="b" * 64, report={"n": 120})
    assert claim(store, START + timedelta(minutes=42)) is None
    second = claim(store, START + timedelta(minutes=43))
    assert second is not None
    assert second.slot == "2026-11-02T11:00:00Z/3600"
    assert end(store, second, alpha=0.02, bundle="b" * 64)
    with store.reading() as connection:
        assert spent_alpha(connection, bundle="b" * 64) == (2, 0.03)
        assert spent_alpha(connection, bundle="c" * 64) == (0, 0.0)
        assert last_look(connection).id == second.id
        assert [each.report for each in looks(connection)] == [{}, {"n": 120}]


def test_a_look_whose_process_was_killed_or_that_failed_is_taken_anew(store):
    first = claim(store)
    assert claim(store, START + LEASE - timedelta(seconds=1)) is None
    taken = claim(store, START + LEASE)
    assert taken is not None
    assert taken.id == first.id
    assert not end(store, first, pictures=1), "it is somebody else's by now"
    assert end(store, taken, state=FAILED, error="the store was away")
    again = claim(store, START + LEASE + timedelta(minutes=1))
    assert again is not None
    assert end(store, again)
    with store.reading() as connection:
        (kept,) = looks(connection)
    assert (kept.state, kept.error, kept.pictures) == (DONE, "", 0)


def test_intervals_are_the_same_for_all_watchers_whatever_their_zone():
    berlin = START.astimezone(tz=datetime.now().astimezone().tzinfo)
    assert slot_of(berlin, HOUR) == slot_of(START, HOUR) == "2026-11-02T10:00:00Z/3600"
