"""`assay review queue`, as it is typed: what waits, and what is queued by hand."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from assay.review.enqueue import prediction_item
from assay.review.item import CLOSED, OPEN, SETTLED
from assay.review.policy import QueuePolicy
from assay.review.queue import next_assignment
from assay.review.reviewers import find_reviewer
from assay.review.rows import add_items, items
from assay.review.sweep import sweep
from assay.store.tables import TRAIL
from labelled_world import LabelledWorld
from service_database import open_store

POLICY = QueuePolicy(random_share=0.0, known_share=0.0)


def noise(seed: int) -> Any:
    return np.random.default_rng(seed).integers(0, 256, size=(20, 24, 3), dtype=np.uint8)


@pytest.fixture
def world(tmp_path: Path) -> Iterator[LabelledWorld]:
    with open_store(tmp_path) as store:
        yield LabelledWorld(store)


@pytest.fixture
def queue(assay: Any, world: LabelledWorld, tmp_path: Path) -> Any:
    return lambda *words: assay("review", "queue", f"store={tmp_path / 'service.db'}", *words)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Three pictures of jade, two of onyx, and a file that only looks like a picture."""
    for name, count in (("jade", 3), ("onyx", 2)):
        (tmp_path / "stones" / name).mkdir(parents=True)
        for number in range(count):
            Image.fromarray(noise(10 * len(name) + number)).save(tmp_path / "stones" / name / f"{number}.png")
    (tmp_path / "stones" / "onyx" / "torn.png").write_bytes(b"no picture")
    return tmp_path / "stones"


def test_what_waits_is_said_by_form_reason_and_batch_with_the_oldest_and_who_has_some(queue, world):
    assert "nothing waits" in queue()[1]
    world.decide(world.answer(noise(0)), kim="jade")
    record = world.answer(noise(1))
    for source, batch in (("drift", "june"), ("low_confidence", "")):
        world.do(add_items, [prediction_item(record, source, POLICY, batch=batch)])
        record = world.answer(noise(2 + len(batch)))
    kim = world.look(find_reviewer, "kim")
    world.do(next_assignment, kim, "label", POLICY)
    code, out, _ = queue()
    assert code == 0
    assert "drift (june): 1 open, 1 before reviewers; since 20" in out
    assert "low_confidence: 1 open, 1 settled; since 20" in out
    rows = json.loads(queue("format=json", "batch=june")[1])["waiting"]
    (item,) = [each for each in world.look(items) if each.batch == "june"]
    assert rows == [
        {
            "form": "label",
            "source": "drift",
            "batch": "june",
            "open": 1,
            "disputed": 0,
            "settled": 0,
            "closed": 0,
            "oldest": item.time,
            "leases": 1,
        }
    ]


def test_answers_are_queued_by_their_ids_a_file_of_them_or_all_since_a_day_and_a_dry_run_writes_nothing(
    queue, world, tmp_path
):
    old = world.answer(noise(0), time="2026-01-01T00:00:00.000Z")
    records = [world.answer(noise(seed)) for seed in range(1, 7)]
    unkept = world.answer(noise(9), kept=False)
    code, out, _ = queue("predictions=all", "since=2026-06-01", "count=4", "dry_run=true")
    assert code == 0
    assert "4  would be queued" in out
    assert world.look(items) == []
    code, out, _ = queue(f"predictions=[{records[0].id},{unkept.id}]", "source=feedback", "batch=june")
    assert code == 0
    assert "1  queued" in out
    assert "1  pictures that are not kept" in out
    (made,) = world.look(items)
    assert (made.prediction, made.source, made.batch, made.random_slice) == (records[0].id, "feedback", "june", False)
    (tmp_path / "ids.txt").write_text(f"{records[0].id}\n\n{records[1].id}\n")
    out = queue(f"predictions={tmp_path / 'ids.txt'}")[1]
    assert "1  queued\n" in out
    assert "1  queued already" in out
    out = queue("predictions=all", "since=2026-06-01")[1]
    assert "4  queued\n" in out
    assert "2  queued already" in out
    assert old.id not in {each.prediction for each in world.look(items)}
    kinds = world.look(lambda c: [(row.kind, json.loads(row.content)) for row in c.execute(TRAIL.select())])
    assert ("items queued", {"form": "label", "source": "feedback", "items": 1}) in kinds


def test_heat_maps_are_checked_on_answers_drawn_at_random_of_the_model_that_answered_last(queue, world):
    for seed in range(3):
        world.answer(noise(seed), bundle="a" * 64)
    newer = {world.answer(noise(10 + seed)).id for seed in range(5)}
    assert "4  queued" in queue("form=heat_map", "count=4")[1]
    made = world.look(items)
    assert {each.prediction for each in made} < newer
    assert {(each.form, each.source, each.random_slice) for each in made} == {("heat_map", "random", True)}
    assert "4  queued already" in queue("form=heat_map", "count=4")[1]


def test_files_are_queued_with_the_class_of_their_folder_and_what_is_no_picture_is_left_out(queue, world, folder):
    code, out, _ = queue(f"files={folder}", "form=plausibility", "batch=june", "wanted=3")
    assert code == 0
    assert "5  queued" in out
    assert "1  no pictures" in out
    made = world.look(items)
    assert sorted(each.answer for each in made) == ["jade"] * 3 + ["onyx"] * 2
    assert {(each.form, each.source, each.batch, each.wanted) for each in made} == {
        ("plausibility", "study", "june", 3)
    }
    assert "2  queued" in queue(f"files={folder}", "batch=july", "count=2")[1]


def test_known_pictures_are_asked_with_the_classes_of_the_newest_answer_and_another_class_is_refused(
    queue, world, folder
):
    world.answer(noise(0), answer={"label": "jade", "probabilities": {"onyx": 0.1, "jade": 0.8, "opal": 0.1}})
    assert "5  queued" in queue(f"known={folder}")[1]
    made = world.look(items)
    assert {each.classes for each in made} == {("onyx", "jade", "opal")}
    assert sorted(each.known for each in made) == ["jade"] * 3 + ["onyx"] * 2
    (folder / "onix").mkdir()
    Image.fromarray(noise(99)).save(folder / "onix" / "1.png")
    code, out, err = queue(f"known={folder}", "batch=again")
    assert code != 0
    assert "onix: is none of those of the newest answer" in out + err
    assert "onyx" in out + err
    assert "6  queued" in queue(f"known={folder}", "batch=again", "classes=[jade,onyx,onix]")[1]


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("count=5",), "say what is to be queued"),
        (("dry_run=true",), "say what is to be queued"),
        (("predictions=all", "files=stones"), "one after the other"),
        (("predictions=all", "form=plausibility"), "label or heat_map"),
        (("predictions=all", "since=yesterday"), "2026-11-01"),
        (("files=nowhere", "batch=b"), "no such folder"),
        (("files=stones",), "batch= is needed"),
        (("files=stones", "batch=b", "form=heat_map"), "shows more than a picture"),
        (("known=stones/jade",), "lies in no folder of a class"),
        (("known=stones", "form=audit"), "asked in the form label"),
        (("form=labels",), "no such form"),
        (("to=x",), "goes with export and labels"),
    ],
)
def test_what_does_not_fit_is_refused(queue, folder, words, message):
    code, out, err = queue(*words)
    assert code != 0
    assert message in out + err


def test_what_a_refusal_names_is_typed_and_queues(queue, world, folder):
    world.answer(noise(0))
    assert "or form=heat_map" in "".join(queue("count=1")[1:])
    assert "1  queued" in queue("count=1", "form=heat_map")[1]
    assert "as in batch=samples" in "".join(queue(f"files={folder}")[1:])
    assert "5  queued" in queue(f"files={folder}", "batch=samples")[1]


def test_an_answer_that_was_queued_by_hand_before_the_sweep_saw_it_belongs_to_the_random_slice_all_the_same(
    queue, world
):
    records = [world.answer(noise(seed), confidence=0.9) for seed in range(3)]
    assert "3  queued" in queue("predictions=all")[1]
    assert not any(each.random_slice for each in world.look(items))
    sweep(world.store, QueuePolicy(random_share=1.0, below=0.0))
    made = world.look(items)
    assert len(made) == len(records)
    assert {(each.random_slice, each.wanted, each.state) for each in made} == {(True, 2, OPEN)}
    assert {SETTLED, CLOSED}.isdisjoint(each.state for each in made)
