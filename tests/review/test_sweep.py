"""What is queued: what the model should not decide, what clients contradict, and a random slice of everything."""

from __future__ import annotations

import io
from dataclasses import replace

import numpy as np
import pytest
from sqlalchemy import select
from tests.review.conftest import PLAIN

from assay.errors import ServiceError
from assay.review.enqueue import in_random_slice, queue_files, queue_known, queue_predictions
from assay.review.item import CLOSED
from assay.review.policy import QueuePolicy
from assay.review.queue import next_assignment
from assay.review.rows import items
from assay.review.sweep import Swept, close_without_picture, sweep, sweep_lines
from assay.store.feedback import Feedback, keep_feedback
from assay.store.ids import new_id
from assay.store.kept_pictures import KeptPictures
from assay.store.prediction_log import log_predictions
from assay.store.review_tables import REVIEW_SWEEP
from assay.store.subjects import add_subject
from assay.store.tables import PREDICTIONS

PIXELS = np.zeros((4, 4, 3), np.uint8)


class Log:
    """Answers of one subject, whose pictures are kept unless it is said otherwise."""

    def __init__(self, store, record, folder) -> None:
        self.store, self.record, self.pictures = store, record, KeptPictures(folder)
        self.subject = store.write(lambda c: add_subject(c, "ada")).id

    def answer(self, **other):
        picture = new_id().replace("-", "").ljust(64, "0")
        made = self.record(self.subject, **{"kept": True, "confidence": 0.99, "picture": picture, **other})
        if made.kept:
            self.pictures.keep(made.picture, PIXELS)
        self.store.write(lambda c: log_predictions(c, [made]))
        return made

    def sweep(self, policy=PLAIN) -> Swept:
        return sweep(self.store, policy)

    def items(self):
        with self.store.reading() as connection:
            return {item.prediction: item for item in items(connection)}


@pytest.fixture
def log(store, record, tmp_path):
    return Log(store, record, tmp_path / "pictures")


def test_what_the_model_should_not_decide_is_queued_with_its_reason_and_nothing_else(log):
    unstable = {"probabilities": {"jade": 0.9, "onyx": 0.1}, "probe": {"stable": False, "answers": []}}
    reasons = {
        log.answer(confidence=0.74).id: "low_confidence",
        log.answer(domain="unsure").id: "ood",
        log.answer(domain="unsure", confidence=0.2).id: "ood",
        log.answer(answer=unstable).id: "flip",
    }
    for quiet in ({}, {"confidence": 0.75}, {"domain": "out"}, {"pair": "x", "arm": "shadow", "confidence": 0.1}):
        log.answer(**quiet)
    assert log.sweep() == Swept(4, 0)
    queued = log.items()
    assert {name: item.source for name, item in queued.items()} == reasons
    one = next(iter(queued.values()))
    assert (one.subject, one.classes, one.hidden["label"], one.bundle) == (
        log.subject,
        ("jade", "onyx"),
        "jade",
        "b" * 64,
    )
    assert not any(item.random_slice for item in queued.values())


def test_pictures_that_were_not_kept_are_counted_and_never_queued(log):
    log.answer(confidence=0.1, kept=False)
    said = log.answer(kept=False)
    log.store.write(lambda c: keep_feedback(c, Feedback(said.id, log.subject, said.key, "wrong")))
    assert log.sweep() == Swept(0, 2)
    assert log.items() == {}


def test_feedback_that_contradicts_queues_an_answer_or_brings_it_forward_however_late_it_comes(log):
    sure, unsure, right = log.answer(), log.answer(confidence=0.5), log.answer()
    assert log.sweep().queued == 1
    before = log.items()[unsure.id].priority
    for answer, kind in ((sure, "wrong"), (unsure, "label"), (right, "right")):
        said = Feedback(answer.id, log.subject, answer.key, kind, label="onyx" if kind == "label" else "")
        log.store.write(lambda c, said=said: keep_feedback(c, said))
    assert log.sweep().queued == 1
    queued = log.items()
    assert queued.keys() == {sure.id, unsure.id}
    assert queued[sure.id].source == "feedback"
    assert queued[unsure.id].source == "low_confidence"
    assert queued[unsure.id].priority > before


def test_a_second_sweep_looks_at_what_is_new_alone_and_blocks_leave_nothing_out(log):
    for _ in range(7):
        log.answer(confidence=0.1)
    parts = [log.store.write(lambda c: sweep_lines(c, PLAIN, lines=3)) for _ in range(4)]
    assert [part.queued for part in parts] == [3, 3, 1, 0]
    assert log.sweep() == Swept(0, 0)
    log.answer(confidence=0.1)
    assert log.sweep().queued == 1
    with log.store.reading() as connection:
        assert connection.scalars(select(REVIEW_SWEEP.c.line)).one() == 8


def test_the_random_slice_is_a_share_of_everything_whatever_the_model_said_and_is_marked(log):
    ids = [new_id() for _ in range(20_000)]
    drawn = sum(in_random_slice(name, 0.02) for name in ids)
    assert abs(drawn - 400) < 4 * (20_000 * 0.02 * 0.98) ** 0.5
    policy = replace(PLAIN, random_share=0.3)
    records = [log.answer(confidence=0.5 + 0.49 * (number % 2)) for number in range(60)]
    log.sweep(policy)
    queued, slice_ = log.items(), {r.id for r in records if in_random_slice(r.id, 0.3)}
    assert {name for name, item in queued.items() if item.random_slice} == slice_
    assert queued.keys() == slice_ | {r.id for r in records if r.confidence < 0.75}
    assert {item.wanted for item in queued.values() if item.random_slice} == {2}
    assert {item.wanted for item in queued.values() if not item.random_slice} == {1}


def test_an_item_whose_picture_is_kept_no_longer_is_closed_with_the_reason(log, desk):
    withdrawn, deleted, stays = (log.answer(confidence=0.1) for _ in range(3))
    log.sweep()
    change = PREDICTIONS.update().where(PREDICTIONS.c.id == withdrawn.id).values(kept=False)
    log.store.write(lambda c: c.execute(change))
    log.pictures.remove([deleted.picture])
    assert close_without_picture(log.store, log.pictures) == 2
    states = {name: (item.state, item.closed) for name, item in log.items().items()}
    assert states == {
        withdrawn.id: (CLOSED, "the picture is kept no longer"),
        deleted.id: (CLOSED, "the picture is kept no longer"),
        stays.id: ("open", ""),
    }
    given = log.store.write(lambda c: next_assignment(c, desk.kim, "label", PLAIN))
    assert given.item.prediction == stays.id


def test_drift_queues_fifty_of_what_it_saw_drawn_the_same_way_each_time(log):
    seen = [log.answer().id for _ in range(60)] + [log.answer(kept=False).id for _ in range(3)]
    first = log.store.write(lambda c: queue_predictions(c, seen, "drift", PLAIN, batch="report 7", count=50))
    assert (len(first.items), first.unkept, first.known) == (50, 3, 0)
    assert {item.source for item in first.items} == {"drift"}
    again = log.store.write(lambda c: queue_predictions(c, seen, "drift", PLAIN, batch="report 7", count=50))
    assert (again.items, again.known) == ((), 50)


def test_fifty_random_predictions_are_asked_for_their_heat_maps_beside_their_labels(log):
    seen = [log.answer(confidence=0.1).id for _ in range(3)]
    log.sweep()
    made = log.store.write(lambda c: queue_predictions(c, seen, "random", QueuePolicy(), form="heat_map", count=2))
    assert [item.form for item in made.items] == ["heat_map"] * 2
    assert all(item.random_slice for item in made.items)


def test_samples_of_a_study_and_known_pictures_are_files_that_are_there(store, tmp_path):
    path = tmp_path / "one.png"
    path.write_bytes(io.BytesIO(b"x").getvalue())
    made = store.write(lambda c: queue_files(c, "plausibility", [{"picture": str(path)}], batch="samples"))
    assert (made.items[0].wanted, made.items[0].source) == (2, "study")
    known = store.write(lambda c: queue_known(c, [(path, "jade")], ["jade", "onyx"], batch="train"))
    assert (known.items[0].known, known.items[0].wanted) == ("jade", 0)
    for shows in ({"picture": "one.png"}, {"picture": str(tmp_path / "two.png")}, {}):
        with pytest.raises(ServiceError, match="is no file"):
            store.write(lambda c, shows=shows: queue_files(c, "plausibility", [shows], batch="samples"))
