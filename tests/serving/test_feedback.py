"""What clients say about their answers, as they send it."""

from __future__ import annotations

import json

import pytest
from sqlalchemy import select

from assay.store.keys import create_key
from assay.store.subjects import add_subject
from assay.store.tables import FEEDBACK, TRAIL, TRAIL_PERSONAL
from assay.store.trail import trail_findings
from serving_world import is_problem, png


def tell(world, prediction, said, **headers):
    path = f"/v1/predictions/{prediction}/feedback"
    return world.client.post(path, json=said, headers=headers or world.headers())


def lines(world):
    with world.store.reading() as connection:
        asked = select(TRAIL.c.number, TRAIL.c.content).where(TRAIL.c.kind == "feedback").order_by(TRAIL.c.number)
        return [(row.number, json.loads(row.content)) for row in connection.execute(asked)]


def test_the_same_feedback_again_changes_nothing_and_another_one_replaces_it_with_its_history_in_the_trail(world):
    prediction = world.ask().json()["results"][0]["id"]
    first = tell(world, prediction, {"kind": "wrong", "comment": "no"})
    again = tell(world, prediction, {"kind": "wrong", "comment": "no"})
    assert (first.status_code, first.json()["changed"]) == (200, True)
    assert again.json() == {**first.json(), "changed": False}
    (written,) = lines(world)
    other = tell(world, prediction, {"kind": "label", "label": "onyx"}).json()
    assert (other["kind"], other["label"], other["comment"], other["changed"]) == ("label", "onyx", "", True)
    assert [content for _, content in lines(world)] == [
        {"kind": "wrong", "about": written[1]["about"], "replaces": 0},
        {"kind": "label", "about": written[1]["about"], "replaces": written[0]},
    ]
    with world.store.reading() as connection:
        assert [row.label for row in connection.execute(select(FEEDBACK))] == ["onyx"]
        asked = select(TRAIL_PERSONAL.c.content).where(TRAIL_PERSONAL.c.number == written[0])
        assert json.loads(connection.scalar(asked))["comment"] == "no"
        assert trail_findings(connection) == []


def test_feedback_leaves_the_answer_as_it_was_given(world):
    prediction = world.ask().json()["results"][0]["id"]
    before = world.client.get(f"/v1/predictions/{prediction}", headers=world.headers()).json()
    tell(world, prediction, {"kind": "label", "label": "onyx"})
    assert world.client.get(f"/v1/predictions/{prediction}", headers=world.headers()).json() == before


def test_nobody_says_anything_about_an_answer_of_somebody_else(world):
    subject = world.store.write(lambda c: add_subject(c, "eve")).id
    eve = world.store.write(lambda c: create_key(c, subject, "eve", ["classify"], actor="test"))[1]
    prediction = world.ask().json()["results"][0]["id"]
    assert is_problem(tell(world, prediction, {"kind": "wrong"}, Authorization=f"Bearer {eve}"), "not-found")
    assert is_problem(tell(world, "x" * 36, {"kind": "wrong"}), "not-found")
    assert lines(world) == []


@pytest.mark.parametrize(
    "said",
    [
        {"kind": "perhaps"},
        {"kind": "label"},
        {"kind": "label", "label": "  "},
        {"kind": "right", "label": "onyx"},
        {"kind": "wrong", "comment": "x" * 2001},
        {"kind": "wrong", "label": "x" * 256},
        {"kind": "wrong", "person": "Ada"},
        {},
        [],
    ],
)
def test_what_is_no_feedback_is_refused(world, said):
    prediction = world.ask().json()["results"][0]["id"]
    assert is_problem(tell(world, prediction, said), "request")
    assert lines(world) == []


def test_a_stranger_and_a_flood_are_refused_before_their_words_are_read(world):
    path = f"/v1/predictions/{'x' * 36}/feedback"
    assert world.client.post(path, content=b"{" * 10_000_000, headers={"Authorization": "Bearer x"}).status_code == 401
    assert is_problem(world.client.post(path, content=b"{" * 70_000, headers=world.headers()), "too-large")
    assert is_problem(world.client.post(path, content=png(), headers=world.headers()), "request")
