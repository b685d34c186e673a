"""The queue: each item to so many reviewers, to none twice, and none is lost."""

from __future__ import annotations

import random
import threading
from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select
from tests.review.conftest import PLAIN, Desk

from assay.errors import ServiceError
from assay.review.acting import choose, decide, skip, undo
from assay.review.item import DISPUTED, OPEN, SETTLED
from assay.review.queue import next_assignment
from assay.review.review import REVIEW, in_force
from assay.review.reviewers import create_reviewer, disable_reviewer
from assay.review.rows import items, reviews, reviews_of
from assay.store.review_tables import REVIEW_ITEMS, REVIEW_LEASES
from assay.store.service_store import ServiceStore
from assay.store.trail import trail_findings

NOON = datetime(2026, 5, 1, 12, tzinfo=UTC)


def take(desk, reviewer, **words):
    return desk.do(next_assignment, reviewer, "label", words.pop("policy", PLAIN), **words)


def test_the_most_urgent_item_comes_first_and_comes_again_until_it_is_done(desk):
    desk.add(priority=1.0)
    (urgent,) = desk.add(priority=2.0)
    assert take(desk, desk.kim).item == take(desk, desk.kim).item == urgent
    desk.do(choose, desk.kim, urgent.id, "jade", PLAIN)
    assert take(desk, desk.kim).item != urgent


def test_the_next_item_can_be_had_before_the_first_is_done_and_no_third(desk):
    first, second, _ = desk.add(3)
    assert take(desk, desk.kim).item == first
    assert take(desk, desk.kim, apart_from=[first.id]).item == second
    assert take(desk, desk.kim, apart_from=[first.id, second.id]) is None
    assert take(desk, desk.lou).item.id not in (first.id, second.id)


def test_what_was_lent_and_forgotten_goes_to_another_and_its_late_choice_is_refused(desk):
    (item,) = desk.add()
    assert take(desk, desk.kim, at=NOON).item == item
    assert take(desk, desk.lou, at=NOON + timedelta(seconds=599)) is None
    later = NOON + timedelta(seconds=601)
    assert take(desk, desk.lou, at=later).item == item
    with pytest.raises(ServiceError, match="somebody else"):
        desk.do(choose, desk.kim, item.id, "jade", PLAIN, at=later)
    desk.do(choose, desk.lou, item.id, "jade", PLAIN, at=later)
    assert desk.item(item).state == SETTLED


def test_who_comes_late_while_nobody_else_has_it_may_still_choose_and_a_look_renews_the_lease(desk):
    first, second = desk.add(2)
    take(desk, desk.kim, at=NOON)
    take(desk, desk.kim, at=NOON + timedelta(seconds=500))
    assert take(desk, desk.lou, at=NOON + timedelta(seconds=700)).item == second
    late = desk.do(choose, desk.kim, first.id, "jade", PLAIN, at=NOON + timedelta(hours=3))
    assert late.review is not None


def test_two_reviewers_are_asked_where_two_are_wanted_and_nobody_twice(desk):
    (item,) = desk.add(wanted=2)
    for reviewer in (desk.kim, desk.lou):
        assert take(desk, reviewer).item == item
        desk.do(choose, reviewer, item.id, "jade", PLAIN)
        assert take(desk, reviewer) is None
    assert desk.item(item).state == SETTLED
    assert desk.item(item).outcome == "jade"


def test_who_has_reviewed_an_item_does_not_arbitrate_it_and_an_arbiter_only_sees_disputes(desk):
    (item,) = desk.add(wanted=2)
    both = desk.do(create_reviewer, "ada", ["reviewer", "arbiter"], actor="test")
    assert take(desk, desk.max) is None
    for reviewer, final in ((desk.kim, "onyx"), (both, "jade")):
        take(desk, reviewer)
        desk.do(choose, reviewer, item.id, final, PLAIN)
        if final == "onyx":
            desk.do(decide, reviewer, item.id, "onyx", PLAIN, reason="a band")
    assert desk.item(item).state == DISPUTED
    assert take(desk, both) is None
    assert take(desk, desk.lou) is None
    given = take(desk, desk.max)
    assert (given.item.id, given.arbiter) == (item.id, True)
    decided = desk.do(choose, desk.max, item.id, "jade", PLAIN)
    assert (decided.review.arbiter, decided.item.state, decided.item.outcome) == (True, SETTLED, "jade")


def test_disputes_go_to_the_arbiter_who_has_decided_less(desk):
    both = [desk.do(create_reviewer, name, ["reviewer", "arbiter"], actor="test") for name in ("ada", "eve")]
    disputes = desk.add(3, wanted=2, priority=1.0)
    desk.add(4, priority=0.5)
    for item in disputes:
        for reviewer, final in ((desk.kim, "jade"), (desk.lou, "(cannot tell)")):
            given = take(desk, reviewer)
            while given.item.id != item.id:
                desk.do(skip, reviewer, given.item.id, PLAIN)
                given = take(desk, reviewer)
            desk.do(choose, reviewer, item.id, final, PLAIN)
    order = []
    for reviewer in (both[0], both[0], both[1], both[1], both[1]):
        given = take(desk, reviewer)
        order.append(given.arbiter)
        desk.do(choose, reviewer, given.item.id, "jade", PLAIN)
    # The first one decides, and another time while nobody else is there; then the second has done less.
    assert order == [True, True, True, False, False]


def test_known_items_are_mixed_in_once_for_each_reviewer_and_never_settle(desk):
    desk.add(200)
    known = desk.add(8, known="jade", wanted=0, hidden={}, source="known")
    policy = replace(PLAIN, known_share=0.05)
    draw, seen = random.Random(1), []
    for _ in range(150):
        given = take(desk, desk.kim, policy=policy, draw=draw)
        seen.append(given.item.id)
        desk.do(choose, desk.kim, given.item.id, "jade", policy)
    ours = [each for each in seen if each in {item.id for item in known}]
    assert 2 <= len(ours) == len(set(ours)) <= 8
    assert {desk.item(each).state for each in known} == {OPEN}
    always = replace(PLAIN, known_share=1.0)
    assert take(desk, desk.lou, policy=always).item.known == "jade"


def test_a_skipped_item_stays_for_others_and_comes_back_when_that_is_undone(desk):
    (item,) = desk.add()
    take(desk, desk.kim)
    desk.do(skip, desk.kim, item.id, PLAIN)
    assert take(desk, desk.kim) is None
    assert desk.do(undo, desk.kim, PLAIN).item.id == item.id
    assert take(desk, desk.kim).item.id == item.id


def test_who_is_disabled_gives_back_what_he_was_lent(desk):
    (item,) = desk.add()
    take(desk, desk.kim)
    assert take(desk, desk.lou) is None
    desk.do(disable_reviewer, desk.kim, actor="test")
    assert take(desk, desk.lou).item == item


def rows_of(desk):
    """Everything that says how far items are, but for rows that are only ever added."""
    with desk.store.reading() as connection:
        state = connection.execute(select(REVIEW_ITEMS).order_by(REVIEW_ITEMS.c.id)).all()
        ours = REVIEW_LEASES.c.item, REVIEW_LEASES.c.reviewer
        standing = [(row.item, row.final) for row in in_force(reviews(connection)) if row.kind == REVIEW]
        return state, connection.execute(select(*ours).order_by(*ours)).all(), sorted(standing)


def test_undo_restores_exactly_what_was_before_each_choice(desk):
    for number in range(6):
        desk.add(wanted=1 + number % 2)
    steps = []
    for number in range(6):
        for reviewer in (desk.kim, desk.lou):
            given = take(desk, reviewer)
            if given is not None:
                steps.append((reviewer, rows_of(desk)))
                final = "jade" if number % 3 else "(bad picture)"
                desk.do(choose, reviewer, given.item.id, final, PLAIN)
    for reviewer, before in reversed(steps):
        desk.do(undo, reviewer, PLAIN)
        after = rows_of(desk)
        assert after[0] == before[0]
        assert after[2] == before[2]
        assert set(before[1]) <= set(after[1])
        given = take(desk, reviewer)
        assert given.lease.redo
    assert desk.do(undo, desk.kim, PLAIN) is None


def test_an_undo_that_ends_a_dispute_takes_it_from_the_arbiter(desk):
    (item,) = desk.add(wanted=2)
    for reviewer, final in ((desk.kim, "jade"), (desk.lou, "(bad picture)")):
        take(desk, reviewer)
        desk.do(choose, reviewer, item.id, final, PLAIN)
    assert take(desk, desk.max).arbiter
    desk.do(undo, desk.lou, PLAIN)
    with pytest.raises(ServiceError, match="not before you"):
        desk.do(choose, desk.max, item.id, "jade", PLAIN)
    done = desk.do(choose, desk.lou, item.id, "jade", PLAIN)
    assert (done.item.state, done.item.outcome) == (SETTLED, "jade")


@pytest.mark.slow
def test_twenty_reviewers_at_once_do_a_hundred_items_each_for_two_and_none_twice_or_lost(url):
    """Several stores on one database write at once, as several processes of a service do."""
    stores = [ServiceStore(url) for _ in range(4)]
    try:
        make = stores[0].write
        people = [
            make(lambda c, n=n: create_reviewer(c, f"reviewer {n}", ["reviewer"], actor="test")) for n in range(20)
        ]
        desk = Desk(stores[0])
        desk.add(100, wanted=2)
        failures: list[BaseException] = []

        def work(number: int) -> None:
            store, draw = stores[number % 4], random.Random(number)
            try:
                while True:
                    given = store.write(lambda c: next_assignment(c, people[number], "label", PLAIN))
                    if given is None:
                        return
                    final = draw.choice(["jade", "(bad picture)"])
                    store.write(lambda c, i=given.item.id, f=final: choose(c, people[number], i, f, PLAIN))
                    if draw.random() < 0.2:
                        again = store.write(lambda c: undo(c, people[number], PLAIN))
                        act = decide if again.lease.blind else choose
                        store.write(lambda c, act=act, i=again.item.id: act(c, people[number], i, "jade", PLAIN))
            except BaseException as error:
                failures.append(error)
                raise

        threads = [threading.Thread(target=work, args=(number,)) for number in range(20)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert failures == []
        with stores[0].reading() as connection:
            for item in items(connection):
                standing = [row for row in in_force(reviews_of(connection, item.id)) if row.kind == REVIEW]
                assert len(standing) == 2, item.id
                assert len({row.reviewer for row in standing}) == 2
                assert item.state == (SETTLED if len({row.final for row in standing}) == 1 else DISPUTED)
            assert connection.execute(select(REVIEW_LEASES)).all() == []
            assert trail_findings(connection) == []
            assert len(Counter(row.reviewer for row in reviews(connection))) > 1
    finally:
        for store in stores:
            store.close()
