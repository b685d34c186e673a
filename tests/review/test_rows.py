"""Items and reviews in the database: what is written is read, and what is taken back is as if it had not been."""

from __future__ import annotations

import itertools
import json

import pytest
from sqlalchemy import select

from assay.review.item import DISPUTED, OPEN, SETTLED, ReviewItem
from assay.review.review import SKIP, UNDO, Review, in_force
from assay.review.rows import add_items, add_review, close_items, item_of, items, reviews_of
from assay.review.settling import Settled, settled
from assay.store.review_tables import REVIEWERS
from assay.store.tables import TRAIL, TRAIL_PERSONAL
from assay.store.trail import trail_findings
from service_database import open_store

ROW = {"password": "", "roles": "reviewer", "created": "2026", "disabled": "", "link": "", "link_expires": ""}


@pytest.fixture
def store(tmp_path):
    with open_store(tmp_path) as opened:
        for name in ("kim", "lou", "max"):
            row = {**ROW, "id": name, "name": name, "epoch": 0}
            opened.write(lambda c, row=row: c.execute(REVIEWERS.insert().values(**row)))
        yield opened


def item(number: int = 0, **other: object) -> ReviewItem:
    about = {"prediction": f"p{number}", "classes": ("jade", "onyx"), "hidden": {"label": "jade", "confidence": 0.6}}
    return ReviewItem("label", "low_confidence", **{**about, **other})


def test_what_is_written_is_read_and_the_same_answer_is_queued_once_in_each_form(store):
    wanted = [item(1, shows={"picture": "a.png"}, batch="b", random_slice=True, priority=0.5), item(2)]
    made = store.write(lambda c: add_items(c, wanted))
    again = store.write(lambda c: add_items(c, [*wanted, item(3), item(3)]))
    other = store.write(lambda c: add_items(c, [ReviewItem("heat_map", "random", prediction="p1")]))
    assert [each.prediction for each in again] == ["p3"]
    with store.reading() as connection:
        assert items(connection) == [*made, *again, *other]
        assert item_of(connection, made[0].id) == made[0]
        assert item_of(connection, "nothing") is None


def test_a_review_has_a_line_in_the_trail_that_names_nobody_and_a_part_that_does(store):
    (made,) = store.write(lambda c: add_items(c, [item(bundle="b" * 64, guideline="g" * 64)]))
    choice = Review(made.id, "kim", "label", blind="onyx", final="onyx", override=True, reason="a crack", seconds=2.5)
    kept = store.write(lambda c: add_review(c, choice, actor="kim"))
    with store.reading() as connection:
        assert reviews_of(connection, made.id) == [kept]
        line = connection.execute(select(TRAIL).where(TRAIL.c.number == kept.trail)).one()
        about = json.loads(connection.scalars(select(TRAIL_PERSONAL.c.content)).one())
        assert trail_findings(connection) == []
    assert (line.kind, json.loads(line.content)) == (
        "review",
        {"form": "label", "action": "review", "override": True, "arbiter": False},
    )
    assert (about["actor"], about["final"], about["reason"]) == ("kim", "onyx", "a crack")
    assert (kept.bundle, kept.guideline) == ("b" * 64, "g" * 64)


def test_two_who_agree_settle_two_who_do_not_are_decided_by_a_third_and_undo_restores_each_step(store):
    (made,) = store.write(lambda c: add_items(c, [item(wanted=2)]))

    def now():
        with store.reading() as connection:
            each = item_of(connection, made.id)
        return each.state, each.outcome

    def act(reviewer, final="", **other):
        row = Review(made.id, reviewer, "label", final=final, **other)
        return store.write(lambda c: add_review(c, row, actor=reviewer))

    steps = [now()]
    act("max", kind=SKIP)
    assert now() == (OPEN, "")
    acts = []
    for reviewer, final, arbiter in (("kim", "jade", False), ("lou", "onyx", False), ("max", "jade", True)):
        acts.append(act(reviewer, final, arbiter=arbiter))
        steps.append(now())
    assert steps == [(OPEN, ""), (OPEN, ""), (DISPUTED, ""), (SETTLED, "jade")]
    for step, undone in zip(reversed(steps[:-1]), reversed(acts), strict=True):
        act(undone.reviewer, kind=UNDO, supersedes=undone.id)
        assert now() == step
    with store.reading() as connection:
        rows = reviews_of(connection, made.id)
    assert len(rows) == 7
    assert [row.kind for row in in_force(rows)] == [SKIP]


def test_what_stands_does_not_depend_on_the_order_of_two_reviewers():
    rows = [Review("i", who, "label", final=final, id=who) for who, final in (("a", "x"), ("b", "y"), ("c", "x"))]
    for some in itertools.permutations(rows[:2]):
        assert settled(2, some) == Settled(DISPUTED)
    for some in itertools.permutations([rows[0], rows[2]]):
        assert settled(2, some) == Settled(SETTLED, "x")
    assert settled(0, rows) == Settled(OPEN)


def test_a_closed_item_says_why_and_no_review_opens_it(store):
    made = store.write(lambda c: add_items(c, [item(1), item(2)]))
    assert store.write(lambda c: close_items(c, [made[0].id], "the picture is gone")) == 1
    assert store.write(lambda c: close_items(c, [made[0].id], "again")) == 0
    store.write(lambda c: add_review(c, Review(made[0].id, "kim", "label", final="jade"), actor="kim"))
    with store.reading() as connection:
        closed = item_of(connection, made[0].id)
    assert (closed.state, closed.closed, closed.outcome) == ("closed", "the picture is gone", "")
