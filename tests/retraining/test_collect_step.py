"""Where a class is short, pictures are collected within the budget and queued; what people decide is trained on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from omegaconf import DictConfig
from tests.collection.conftest import _no_backoff as _no_backoff  # a fixture
from tests.collection.conftest import collected as collected
from tests.collection.conftest import world as world
from tests.collection.conftest import worlds as worlds
from tests.retraining.conftest import HandClock
from tests.retraining.test_feedback_histories import base as base  # a fixture
from tests.retraining.test_feedback_histories import dataset as dataset

from assay.collection.fetching import Doors, opened_collection
from assay.config.changed import changed
from assay.data.manifest import Manifest
from assay.errors import DataError
from assay.retraining.job import RUNNING, SCHEDULE, JobRun
from assay.retraining.step import COST, StepContext
from assay.retraining.step_settings import StepSettings
from assay.retraining.steps.collect import CollectStep
from assay.review.item import COLLECTED, ReviewItem
from assay.review.labels.selection import ClientShare, select_labels
from assay.review.review import Review
from assay.review.rows import add_review, items
from assay.run.images import load_real_manifest
from assay.serving.manage_labels import write_selection
from assay.store.review_tables import REVIEW_ITEMS
from assay.store.service_store import ServiceStore
from labelled_world import LabelledWorld

pytestmark = pytest.mark.slow
MINIMUM = 12
"""Pictures to train with that each class should have; the dataset has four of each."""


@dataclass
class Champion:
    """Stands for the workshop, of which the step takes config, store, settings and what the champion was trained on."""

    config: DictConfig
    store: ServiceStore
    settings: StepSettings
    manifest: Manifest

    def run_of(self, recipe: Any) -> Any:
        return SimpleNamespace(manifest=self.manifest)


class Job:
    """A job that collects into `stones`, a store with reviewers, and servers of a source."""

    def __init__(self, folder: Path, store: ServiceStore, dataset: DictConfig, base: Manifest, servers: Any) -> None:
        self.folder, self.labels, self.dataset, self.base, self.servers = (
            folder,
            LabelledWorld(store),
            dataset,
            base,
            servers,
        )
        settings = StepSettings(collect=str(folder / "stones"), collect_minimum=MINIMUM)
        self.champion = Champion(changed(dataset, {"cache": str(folder / "cache")}), store, settings, base)

    def collect(self, slot: str, *, connect: Any = None, **left: float) -> dict[str, Any]:
        """What the step of a run leaves; the same slot again is the same run, taken up after a kill."""
        folder = self.folder / slot
        folder.mkdir(exist_ok=True)
        run = JobRun(slot, "weekly", "2026-03-02T02:00:00.000Z", SCHEDULE, RUNNING)
        context = StepContext(run, folder, {"recipe": {}}, HandClock(), left, {}, lambda: None)
        doors = Doors(self.servers.clock, self.servers.resolve, connect or self.servers.connect)
        return dict(CollectStep(self.champion, doors).run(context))

    def queued(self) -> list[ReviewItem]:
        return self.labels.look(items, REVIEW_ITEMS.c.source == COLLECTED)

    def decide(self, decisions: Mapping[str, str]) -> None:
        for item, choice in decisions.items():
            review = Review(item, self.labels.ids["kim"], "label", blind=choice, final=choice, guideline="g" * 64)
            self.labels.do(add_review, review, actor="kim")

    def fetched(self) -> int:
        return sum(arrival.path.endswith(".jpg") for arrival in self.servers.arrivals)

    def labelled(self, name: str, share: float = 1.0) -> Manifest:
        """The manifest of a retraining with all that was decided."""
        store, pictures = self.labels.store, self.labels.pictures
        selection = select_labels(store, pictures, "train", most=ClientShare(share, 8))
        write_selection(store, pictures, selection, self.folder / name, name=name, split="train", actor="test")
        return self.trained_on(name)

    def trained_on(self, name: str) -> Manifest:
        return load_real_manifest(changed(self.dataset, {"data.reviewed": str(self.folder / name)}))


@pytest.fixture
def job(tmp_path: Path, dataset, base, worlds, world, collected) -> Any:
    """A person has collected four pictures of jade, and asked for no onyx."""
    servers = world(wikimedia=worlds.items_of("wikimedia", 40, 0.0))
    collected(servers, "wikimedia", count=4)
    with ServiceStore(f"sqlite:///{tmp_path}/service.db") as store:
        yield Job(tmp_path, store, dataset, base, servers)


def test_what_is_short_is_asked_for_again_and_queued_once_whoever_is_killed(job: Job):
    first = job.collect("monday")
    assert first["short"] == {"jade": 4, "onyx": 8}
    assert (first["collected"], first["queued"], job.fetched()) == (4, 8, 8)
    assert first[COST] == {"pictures": 8, "downloads": 4}
    again = job.collect("monday")
    assert (again["collected"], again[COST]) == (4, first[COST]), "killed before the ledger knew, it says the same"
    assert (len(job.queued()), job.fetched()) == (8, 8)
    assert {(item.classes, item.answer, item.random_slice) for item in job.queued()} == {(("jade", "onyx"), "", False)}
    later = job.collect("tuesday")
    assert (later["short"], later["collected"], later["queued"]) == ({"onyx": 8}, 0, 0)


def test_cut_off_in_the_middle_it_goes_on_with_what_is_missing(job: Job):
    calls = []

    def breaks(*arguments: Any) -> Any:
        calls.append(arguments)
        if len(calls) > 5:
            raise RuntimeError("the machine is switched off")
        return job.servers.connect(*arguments)

    with pytest.raises(RuntimeError):
        job.collect("monday", connect=breaks)
    assert job.queued() == []
    ended = job.collect("monday")
    assert (ended["collected"], ended["queued"]) == (4, 8)
    assert ended[COST]["downloads"] >= 4


def test_the_budget_of_pictures_and_of_downloads_ends_it(job: Job):
    made = job.collect("monday", pictures=3)
    assert (made["collected"], made["queued"], len(job.queued())) == (3, 3, 3)
    made = job.collect("tuesday", pictures=0)
    assert (made["collected"], made["queued"], job.fetched()) == (0, 0, 7)
    job.champion.settings = replace(job.champion.settings, collect_minimum=30)
    made = job.collect("wednesday", downloads=2)
    assert (made["collected"], made[COST]) == (2, {"pictures": 6, "downloads": 2})


def test_a_source_that_has_no_key_here_is_named_and_the_others_are_asked_all_the_same(
    job: Job, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.delenv("ASSAY_FLICKR_KEY", raising=False)
    with opened_collection(job.folder / "stones") as ledger:
        (wikimedia,) = ledger.asks().values()
        ledger.add_ask(replace(wikimedia, source="flickr", endpoint=""))
    job.champion.settings = replace(job.champion.settings, collect_minimum=MINIMUM + 60)
    made = job.collect("monday")
    assert made["collected"] == 36, "all that the other source has beside the first four"
    assert [why for why in made["stopped"] if "ASSAY_FLICKR_KEY" in why]


def test_what_people_decide_is_trained_on_with_its_licence_and_what_nobody_has_looked_at_is_not(job: Job, collected):
    job.collect("monday")
    chosen = job.queued()[:4]
    job.decide(dict(zip([item.id for item in chosen], ("jade", "jade", "onyx", "_cannot_tell"), strict=True)))
    made = job.labelled("june")
    rows = made.table[made.table["source"] == "reviewed/june"]
    assert set(rows["path"]) == {item.shows["picture"] for item in chosen[:3]}
    assert [made.class_names[label] for label in rows["label"]].count("onyx") == 1
    assert set(rows["split"]) == {"train"}
    assert set(rows["license"]) <= {"CC-BY-2.0", "CC-BY-SA-2.0"}
    for split in ("val", "calib", "test"):
        assert made.only(split).table.equals(job.base.only(split).table)
    short = job.collect("tuesday")["short"]
    assert short["onyx"] == 7, "one of what was collected for jade is onyx"
    assert len(job.labels.gather().labels) == 3
    collected(job.servers, deed="takedown", url=_address(job, chosen[0]))
    after = job.trained_on("june")
    assert chosen[0].shows["picture"] not in set(after.table["path"])
    assert len(after.table) == len(made.table) - 1


def test_collected_pictures_are_no_more_of_what_is_trained_on_than_one_client_may_give(job: Job):
    job.collect("monday")
    job.decide({item.id: "jade" for item in job.queued()})
    made = job.labelled("july", share=0.2)
    assert (made.table["source"] == "reviewed/july").sum() == 2, "two of ten"


def test_what_the_dataset_has_already_is_neither_queued_nor_collected_beside_it(job: Job, worlds):
    test = Path(job.base.only("test").paths[0])
    (file,) = list((job.folder / "stones" / "jade").glob("*.jpg"))[:1]
    table = job.base.table.copy()
    table.loc[table["path"] == str(test), "path"] = str(file)
    row = {"id": _sha256(file), "phash": _entry(job, file).phash}
    table.loc[table["path"] == str(file), "id"] = row["id"]
    table.loc[table["path"] == str(file), "phash"] = int(row["phash"], 16)
    job.champion.manifest = replace(job.base, table=table)
    job.champion.settings = replace(job.champion.settings, collect=str(job.folder / "stones"))
    with pytest.raises(DataError, match="the champion's dataset is read from it"):
        job.collect("monday")
    copy = job.folder / "copy.jpg"
    copy.write_bytes(file.read_bytes())
    table.loc[table["path"] == str(file), "path"] = str(copy)
    job.champion.manifest = replace(job.base, table=table)
    made = job.collect("monday")
    assert made["copies"] == 1
    assert str(file) not in {item.shows["picture"] for item in job.queued()}


def _entry(job: Job, file: Path) -> Any:
    from assay.collection.ledger import AddressLedger

    ledger = AddressLedger(job.folder / "stones")
    try:
        return next(entry for entry in ledger.entries() if entry.file and (job.folder / "stones" / entry.file) == file)
    finally:
        ledger.close()


def _address(job: Job, item: ReviewItem) -> str:
    return str(_entry(job, Path(item.shows["picture"])).address)


def _sha256(file: Path) -> str:
    import hashlib

    return hashlib.sha256(file.read_bytes()).hexdigest()
