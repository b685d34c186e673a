"""Findings at the review desk: queued, decided by reviewers, and read back as decisions."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from sqlalchemy import func, select

from assay.audit.decision import UNDONE, in_force
from assay.audit.decisions_file import add_decisions, read_decisions
from assay.audit.desk import queue_findings, settled_decisions
from assay.audit.finding import Finding
from assay.data.manifest import Manifest
from assay.data.sources.folder import FolderSource
from assay.review.acting import choose, undo
from assay.review.policy import QueuePolicy
from assay.review.queue import next_assignment
from assay.review.reviewers import Reviewer, create_reviewer
from assay.review.rows import items
from assay.store.service_store import ServiceStore
from assay.store.tables import TRAIL
from audit_world import CLASSES, decided
from service_database import open_store

POLICY = QueuePolicy(random_share=0.0, known_share=0.0)


class Desk:
    """A store, and reviewers by their names."""

    def __init__(self, store: ServiceStore) -> None:
        self.store = store
        self.people: dict[str, Reviewer] = {}
        for name, role in (("kim", "reviewer"), ("lou", "reviewer"), ("max", "arbiter")):
            self.people[name] = store.write(lambda c, n=name, r=role: create_reviewer(c, n, [r], actor="test"))

    def queue(self, findings: list[Finding], manifest: Manifest, **words: Any):
        return self.store.write(lambda c: queue_findings(c, findings, manifest, batch="shells", **words))

    def say(self, name: str, choice: str, finding: Finding | str, **words: Any):
        wanted = finding if isinstance(finding, str) else finding.id

        def do(connection):
            while True:
                got = next_assignment(connection, self.people[name], "audit", POLICY)
                assert got is not None, "nothing waits"
                if got.item.hidden["finding"] == wanted:
                    return choose(connection, self.people[name], got.item.id, choice, POLICY, **words)

        return self.store.write(do)

    def settled(self, standing=None):
        with self.store.reading() as connection:
            return settled_decisions(connection, standing or {}, batch="shells")

    def items(self):
        with self.store.reading() as connection:
            return items(connection)


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    with open_store(tmp_path) as store:
        yield Desk(store)


@pytest.fixture
def dataset(tmp_path: Path) -> Manifest:
    rng = np.random.default_rng(0)
    for number in range(9):
        path = tmp_path / "d" / CLASSES[number % 3] / f"{number}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(rng.integers(0, 256, (40, 40, 3), np.uint8)).save(path)
    return FolderSource(str(tmp_path / "d")).build(tmp_path / "cache")


def about(dataset: Manifest, *rows: int, kind: str = "copies", name: str = "near_copies") -> Finding:
    table = dataset.table.iloc[list(rows)]
    return Finding(kind, name, tuple(table["id"]), tuple(table["path"]), "0.01 apart, limit 0.02", 0.9)


def test_findings_are_queued_once_with_their_pictures_and_why(desk: Desk, dataset: Manifest):
    copies = about(dataset, 0, 1, 2, 3, 4)
    dark, blurred = (about(dataset, 0, kind="quality", name=name) for name in ("dark", "blurred"))
    whole = Finding("rights", "no_licences", (), (), "none has a licence", 0.3)
    queued = desk.queue([copies, dark, blurred, whole], dataset)
    assert (len(queued.items), queued.known) == (3, 0)
    assert (len(desk.queue([copies, dark, blurred, whole], dataset).items)) == 0
    item = next(each for each in desk.items() if each.hidden["finding"] == copies.id)
    assert list(item.shows.values()) == list(copies.paths[:4])
    assert item.hidden["why"] == copies.why
    assert item.hidden["label"] == "amber, jade"
    assert item.hidden["images"] == list(copies.images)
    assert item.classes == CLASSES


def test_what_reviewers_agree_on_is_a_decision_with_their_names_and_reasons(desk: Desk, dataset: Manifest):
    copies = about(dataset, 1, 0)
    desk.queue([copies], dataset, wanted=2)
    desk.say("kim", "keep", copies, comment="sharper", details=[("why", "copy")])
    assert desk.settled().decisions == ()
    assert desk.settled().waiting == 1
    desk.say("lou", "keep", copies)
    (decision,) = desk.settled().decisions
    assert (decision.finding, decision.choice, decision.by) == (copies.id, "keep", "kim, lou")
    assert decision.reason.startswith("Copy of the other; sharper (desk, item ")
    assert (decision.images, decision.paths) == (copies.images, copies.paths)


def test_a_new_label_is_that_of_the_reviewers_and_two_of_them_are_none(desk: Desk, dataset: Manifest):
    first, second = (about(dataset, row, kind="label", name="mislabelled") for row in (0, 1))
    desk.queue([first, second], dataset, wanted=2)
    for name, labels in (("kim", ("jade", "jade")), ("lou", ("jade", "onyx"))):
        for finding, label in zip((first, second), labels, strict=True):
            desk.say(name, "relabel", finding, details=[("label", label)])
    settled = desk.settled()
    assert [(each.finding, each.label) for each in settled.decisions] == [(first.id, "jade")]
    assert settled.open == 1


def test_an_arbiter_decides_between_two_and_nobody_decides_what_nobody_can_tell(desk: Desk, dataset: Manifest):
    copies, dark = about(dataset, 0, 1), about(dataset, 2, kind="quality", name="dark")
    desk.queue([copies], dataset, wanted=2)
    desk.say("kim", "keep", copies)
    desk.say("lou", "not_a_finding", copies)
    assert desk.settled().decisions == ()
    desk.say("max", "not_a_finding", copies, comment="two shots")
    (decision,) = desk.settled().decisions
    assert (decision.choice, decision.by) == ("not_a_finding", "max")
    desk.queue([dark], dataset)
    desk.say("kim", "(cannot tell)", dark)
    assert desk.settled().open == 1


def test_what_is_taken_back_at_the_desk_is_taken_back_and_what_a_person_decided_elsewhere_stands(
    desk: Desk, dataset: Manifest, tmp_path: Path
):
    copies, file = about(dataset, 0, 1), tmp_path / "decisions.jsonl"
    desk.queue([copies], dataset)
    desk.say("kim", "exclude", copies)
    add_decisions(file, desk.settled().decisions)
    assert add_decisions(file, desk.settled(in_force(read_decisions(file))).decisions) == []
    desk.store.write(lambda c: undo(c, desk.people["kim"], POLICY))
    (undone,) = desk.settled(in_force(read_decisions(file))).decisions
    assert undone.choice == UNDONE
    add_decisions(file, [undone])
    assert in_force(read_decisions(file)) == {}
    add_decisions(file, [decided(copies, "keep_both")])
    desk.say("kim", "exclude", copies)
    assert desk.settled(in_force(read_decisions(file))).decisions == ()


@pytest.mark.slow
def test_the_command_queues_and_reads_back(assay, desk: Desk, tmp_path: Path):
    rng = np.random.default_rng(0)
    for number in range(16):
        path = tmp_path / "e" / CLASSES[number % 2] / f"{number}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        coarse = Image.fromarray(rng.integers(0, 256, (6, 6, 3), np.uint8))
        coarse.resize((64, 64), Image.Resampling.BICUBIC).save(path)
    Image.open(tmp_path / "e" / "amber" / "0.png").save(tmp_path / "e" / "amber" / "again.jpg", quality=92)
    data = ["data=folder", "data.root=e", "cache=cache", "store=service.db", "batch=shells"]
    assert "1 queued" in assay("audit", "queue", *data, "kinds=[copies]")
    assert "0 queued, 1 queued already" in assay("audit", "queue", *data, "kinds=[copies]")
    (item,) = desk.items()
    with desk.store.reading() as connection:
        assert item.hidden["kind"] == "copies"
        assert connection.scalar(select(func.count()).select_from(TRAIL).where(TRAIL.c.kind == "items queued")) == 1
    reviewed = ["audit", "reviewed", *data, "decisions=d.jsonl"]
    assert "1 findings are still to be decided at the desk" in assay(*reviewed)
    finding = Finding(
        *(item.hidden[name] for name in ("kind", "name")),
        tuple(item.hidden["images"]),
        tuple(item.hidden["paths"]),
        "x",
        1.0,
    )
    desk.say("kim", "keep", finding)
    out = assay(*reviewed, "to=m.parquet")
    assert "1 decisions are added" in out
    assert len(Manifest.load(Path("m.parquet"))) == 16
    assert "1 decided" in assay("audit", "queue", *data, "kinds=[copies]", "decisions=d.jsonl")
