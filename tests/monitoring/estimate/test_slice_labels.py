"""Which reviewed answers say something of all: those of the random slice that are decided on a class."""

import pytest

from assay.monitoring.estimate.slice_labels import SliceLabels, slice_labels
from assay.review.forms.form import CANNOT_TELL
from labelled_world import LabelledWorld, photographs
from service_database import open_store

BEGIN, END = "2026-03-01T00:00:00.000Z", "2026-03-08T00:00:00.000Z"
DAY = "2026-03-0{}T12:00:00.000Z"


@pytest.fixture
def world(tmp_path):  # type: ignore[no-untyped-def]
    with open_store(tmp_path) as store:
        yield LabelledWorld(store)


@pytest.mark.slow
def test_labels_of_a_span_are_those_that_were_drawn_and_decided_in_it(world: LabelledWorld) -> None:
    pictures = photographs()
    inside = [world.answer(picture, time=DAY.format(day)) for day, picture in enumerate(pictures[:7], start=1)]
    outside = world.answer(pictures[8], time="2026-03-08T00:00:00.000Z")
    other = world.answer(pictures[9], time=DAY.format(1), bundle="e" * 64)
    lost = world.answer(pictures[10], time=DAY.format(2), kept=False)
    world.decide(inside[0], random=True, kim="onyx")
    world.decide(inside[1], random=True, kim="jade", lou="jade")
    world.decide(inside[2], random=True, kim=CANNOT_TELL)
    world.decide(inside[3], random=True, kim="jade", lou="onyx")  # disputed
    world.decide(inside[4], kim="onyx")  # because the model was unsure
    for each in (outside, other):
        world.decide(each, random=True, kim="jade")
    known = world.look(slice_labels, since=BEGIN, until=END, bundle="b" * 64)
    assert known.labels == {inside[0].id: "onyx", inside[1].id: "jade"}
    assert (known.undecided, known.unclear, known.chosen) == (1, 1, 1)
    assert known.kept == {each.id for each in inside}
    assert lost.id not in known.kept
    everything = world.look(slice_labels, since="", until="2027-01-01T00:00:00.000Z")
    assert set(everything.labels) == {inside[0].id, inside[1].id, outside.id, other.id}


def test_notes_say_what_does_not_count_and_what_is_not_decided() -> None:
    assert SliceLabels({"a": "jade"}).notes == ()
    chosen, open_ones = SliceLabels({"a": "jade"}, undecided=3, unclear=1, chosen=2).notes
    assert chosen.startswith("2 reviewed answers do not count")
    assert open_ones.startswith("Of 5 answers that were drawn at random 3 are not decided and 1 have no clear class")
