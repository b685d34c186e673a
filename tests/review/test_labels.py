"""Reviewed labels: what people have decided about pictures that may be learned from, and nothing else."""

from __future__ import annotations

import json

import numpy as np
import pytest
from sqlalchemy import select

from assay.errors import DataError, ServiceError
from assay.review.labels.files import read_set
from assay.review.labels.gather import BURIED, FEW, GONE, NO_CLASS, SAME, TWICE, UNASKED, UNDECIDED
from assay.review.labels.label_set import LabelSet, add_label_set, label_sets, pictures_of
from assay.review.labels.sides import ALONE, NOT_BLIND, NOT_RANDOM, apart_from, fit_for
from assay.review.review import UNDO, Review
from assay.review.rows import add_review, close_items, reviews_of
from assay.store.consents import withdraw_consent
from assay.store.erase import erase_subject, held_rows
from assay.store.ids import new_id
from assay.store.label_tables import LABEL_SET_PICTURES
from assay.store.subjects import add_subject, hold_subject
from assay.store.tables import TRAIL
from assay.store.trail import trail_findings
from labelled_world import LabelledWorld, photographs


def noise(seed: int):
    return np.random.default_rng(seed).integers(0, 256, size=(20, 24, 3), dtype=np.uint8)


@pytest.fixture
def world(store) -> LabelledWorld:
    return LabelledWorld(store)


def test_what_was_agreed_or_arbitrated_is_a_label_with_how_it_came_about_and_names_nobody(world):
    world.agree()
    one = world.decide(world.answer(noise(0)), kim="jade")
    two = world.decide(world.answer(noise(1)), random=True, kim=("onyx", "onyx"), lou="onyx")
    three = world.decide(world.answer(noise(2)), kim="jade", lou="onyx", max="onyx")
    made = world.gather()
    assert [(each.item, each.label, each.how, each.reviewers) for each in made.labels] == [
        (one.id, "jade", "one reviewer", 1),
        (two.id, "onyx", "agreed", 2),
        (three.id, "onyx", "arbitrated", 3),
    ]
    label = made.labels[1]
    assert (label.answer, label.confidence, label.bundle, label.guideline) == ("jade", 0.6, "b" * 64, "g" * 64)
    assert (label.random_slice, label.source, label.form, label.consent) == (True, "random", "label", "1")
    assert label.reviewed == world.look(reviews_of, two.id)[-1].time
    row = json.dumps([each.row() for each in made.labels])
    assert not [name for name in (world.ada.id, '"ada"', '"kim"', *world.ids.values()) if name in row]
    assert made.left_out == {}
    assert [each.item for each in world.gather(agreed=2).labels] == [two.id, three.id]
    assert world.gather(agreed=2).left_out == {one.id: FEW}


def test_what_is_open_disputed_closed_known_or_no_class_is_no_label(world):
    world.agree()
    several = {}
    for number, (why, said) in enumerate(
        {
            "open": {"kim": "jade", "lou": None},
            "disputed": {"kim": "jade", "lou": "onyx"},
            "tell": {"kim": "(cannot tell)"},
            "kind": {"kim": "(not of this kind)", "lou": "(not of this kind)"},
            "bad": {"kim": "jade", "lou": "onyx", "max": "(bad picture)"},
            "closed": {"kim": "jade"},
            "undone": {"kim": "jade"},
        }.items()
    ):
        record = world.answer(noise(number))
        if why == "open":
            item = world.decide(record, random=True, kim="jade", lou="jade")
            last = world.look(reviews_of, item.id)[-1]
            world.do(add_review, Review(item.id, last.reviewer, "label", UNDO, supersedes=last.id), actor="lou")
        else:
            item = world.decide(record, **said)
        several[why] = item.id
    (last,) = world.look(reviews_of, several["undone"])
    world.do(add_review, Review(several["undone"], last.reviewer, "label", UNDO, supersedes=last.id), actor="kim")
    world.do(close_items, [several["closed"]], "the picture is kept no longer")
    made = world.gather()
    assert made.labels == ()
    assert made.left_out == {
        several["open"]: UNDECIDED,
        several["disputed"]: UNDECIDED,
        several["tell"]: NO_CLASS,
        several["kind"]: NO_CLASS,
        several["bad"]: NO_CLASS,
        several["closed"]: "closed: the picture is kept no longer",
        several["undone"]: UNDECIDED,
    }


def test_a_picture_trains_only_by_a_consent_to_exactly_that_which_stood_then_and_stands_now(world):
    people = {name: world.do(add_subject, name) for name in ("keeper", "later", "one", "narrow", "less", "anew")}

    def decided(name: str, seed: int, **about: object) -> str:
        return world.decide(world.answer(noise(seed), people[name], **about), kim="jade").id

    world.agree(("keep",), people["keeper"])
    items = {"keeper": decided("keeper", 1)}  # agreed to be looked at, to nothing more
    world.agree(("keep",), people["later"])
    items["later"] = decided("later", 2, time="2026-01-01T00:00:00.000Z")
    world.agree(subject=people["later"])  # agrees to more, after the picture was kept
    request = new_id()
    world.agree(subject=people["one"], request=request)
    items["one"] = decided("one", 3, request=request)
    items["one, other request"] = decided("one", 4)
    world.agree(subject=people["narrow"])
    world.agree(("keep",), people["narrow"], request := new_id())
    items["narrow"] = decided("narrow", 5, request=request)  # for this request he agreed to less
    world.agree(subject=people["less"])
    items["less"] = decided("less", 6)
    world.agree(("keep",), people["less"])  # from now on to less
    world.agree(subject=people["anew"])
    items["anew"] = decided("anew", 7)
    assert {name for name, item in items.items() if item not in world.gather().left_out} == {"one", "anew"}
    assert set(world.gather().left_out.values()) == {UNASKED}


def test_a_withdrawn_consent_an_erasure_and_a_picture_that_is_gone_end_a_label_also_where_the_law_keeps_the_file(world):
    world.agree()
    first = world.decide(world.answer(noise(1)), kim="jade")
    held, gone = (world.do(add_subject, name) for name in ("held", "gone"))
    for subject in (held, gone):
        world.agree(subject=subject)
    kept = world.decide(world.answer(noise(2), held), kim="jade")
    lost = world.answer(noise(3), gone)
    lost_item = world.decide(lost, kim="jade")
    assert len(world.gather().labels) == 3
    world.pictures.remove([lost.picture])
    world.do(hold_subject, held, "case 1", actor="test")
    for subject in (world.ada, held):
        world.do(withdraw_consent, subject.id, key="k")
    assert world.gather().left_out == {first.id: BURIED, kept.id: BURIED, lost_item.id: GONE}
    world.agree(subject=held)  # agrees again, and sends the picture again: what was withdrawn stays so
    again = world.decide(world.answer(noise(2), held), kim="jade")
    assert world.gather().left_out[again.id] == BURIED


def test_one_picture_that_was_answered_twice_is_one_label_and_none_where_people_said_two_things_of_it(world):
    world.agree()
    same = [world.decide(world.answer(noise(1)), kim="jade") for _ in range(2)]
    two = [world.decide(world.answer(noise(2)), kim=choice) for choice in ("jade", "onyx")]
    made = world.gather()
    assert [each.item for each in made.labels] == [same[0].id]
    assert made.left_out == {same[1].id: SAME, two[0].id: TWICE, two[1].id: TWICE}


def test_a_new_test_set_takes_only_what_was_drawn_at_random_and_chosen_blind_by_two_or_an_arbiter(world):
    world.agree()
    items = {
        "agreed": world.decide(world.answer(noise(1)), random=True, kim="onyx", lou="onyx"),
        "arbiter": world.decide(world.answer(noise(2)), random=True, kim="onyx", lou="jade", max="onyx"),
        "queue": world.decide(world.answer(noise(3)), kim="onyx", lou="onyx"),
        "swayed": world.decide(world.answer(noise(4)), random=True, kim=("onyx", "jade"), lou="jade"),
        "alone": world.decide(world.answer(noise(5)), random=True, kim="onyx"),
    }
    made = fit_for("test", world.gather())
    assert [each.item for each in made.labels] == [items["agreed"].id, items["arbiter"].id]
    assert made.left_out == {items["queue"].id: NOT_RANDOM, items["swayed"].id: NOT_BLIND, items["alone"].id: ALONE}
    assert fit_for("train", world.gather()).left_out == {}


def test_pictures_of_a_test_set_and_their_copies_are_in_no_training_set_and_the_other_way_round(world, tmp_path):
    world.agree()
    other = world.do(add_subject, "bob")
    world.agree(subject=other)
    photos = photographs()
    lighter = np.clip(photos[0].astype(int) + 6, 0, 255).astype(np.uint8)
    tested = world.decide(world.answer(photos[0]), random=True, kim="jade", lou="jade")
    world.write(tmp_path / "june", "test", fit_for("test", world.gather()))
    copies = [world.decide(world.answer(pixels, other), kim="jade") for pixels in (photos[0], lighter)]
    fine = [world.decide(world.answer(pixels), kim="jade") for pixels in photos[1:12]]
    taken = world.look(pictures_of, "test")
    made = apart_from(world.gather(), taken, "test", world.pictures)
    assert [each.item for each in made.labels] == [item.id for item in fine]
    reason = "a copy of a picture in a test set"
    assert made.left_out == {
        tested.id: "its picture is in the test set june",
        **dict.fromkeys([c.id for c in copies], reason),
    }
    world.write(tmp_path / "all", "train", made)
    learned = world.look(pictures_of, "train")
    assert set(learned) == {label.picture for label in made.labels}
    assert not apart_from(made, learned, "train", world.pictures).labels
    late = LabelSet(new_id(), "late", "test", "f", 1, "d" * 64)
    with pytest.raises(ServiceError, match="are in all since a moment ago"):
        world.do(add_label_set, late, made.labels, actor="test")


def test_a_set_is_recorded_once_by_its_name_and_with_a_line_of_the_trail_and_who_is_erased_leaves_it(world, tmp_path):
    world.agree()
    world.decide(world.answer(noise(1)), kim="jade")
    world.write(tmp_path / "june")
    with pytest.raises(ServiceError, match="june: there is such a set"):
        world.write(tmp_path / "more" / "june")
    (kept,) = world.look(label_sets)
    assert (kept.name, kept.split, kept.labels) == ("june", "train", 1)
    assert world.look(held_rows, world.ada.id)["label_set_pictures"] == 1
    document = erase_subject(world.store, world.folders, world.ada, actor="test")
    assert document["rows"]["label_set_pictures"] == 1
    assert world.look(lambda c: c.execute(select(LABEL_SET_PICTURES)).all()) == []
    assert [each.name for each in world.look(label_sets)] == ["june"]
    assert world.look(trail_findings) == []
    kinds = world.look(lambda c: list(c.scalars(select(TRAIL.c.kind))))
    assert kinds.count("labels exported") == 1


def test_the_files_of_a_set_are_read_as_written_hold_no_picture_and_no_password_and_are_not_edited(world, tmp_path):
    world.agree()
    world.decide(world.answer(noise(1)), kim="jade")
    folder = tmp_path / "june"
    kept = world.write(folder)
    written = read_set(folder, where="here")
    assert written.labels == kept.labels
    assert (written.split, written.pictures) == ("train", str(world.pictures.folder))
    assert sorted(path.name for path in folder.iterdir()) == ["labels.json", "labels.jsonl"]
    table = folder / "labels.jsonl"
    table.write_text(table.read_text().replace('"jade"', '"onyx"', 1))
    with pytest.raises(DataError, match="is not what was written"):
        read_set(folder, where="here")
    with pytest.raises(DataError, match="holds no reviewed labels"):
        read_set(tmp_path / "nowhere", where="here")


def test_the_password_of_a_database_is_in_no_file():
    from assay.review.labels.files import public_url

    assert public_url("postgresql://ada:secret@host/store") == "postgresql://ada@host/store"
    assert public_url("postgresql://ada@host:5433/store?sslpassword=x&sslmode=require") == (
        "postgresql://ada@host:5433/store?sslmode=require"
    )
    assert public_url("sqlite:////a/b%23/service.db") == "sqlite:////a/b%23/service.db"
