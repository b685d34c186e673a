"""Whatever clients send and reviewers say, nothing of the test set, nor a near copy of it, is trained on.

The judge knows where each sent picture came from, because the test has made it; it asks no hash of ours.
"""

from __future__ import annotations

import hashlib
import tempfile
from functools import cache
from itertools import cycle
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from omegaconf import DictConfig
from PIL import Image

from assay.config.changed import changed
from assay.config.compose import compose
from assay.data.manifest import Manifest
from assay.errors import DataError, ServiceError
from assay.retraining.steps.manifest import ensure_frozen
from assay.review.labels.selection import ClientShare, select_labels
from assay.review.labels.sides import fit_for
from assay.review.review import UNDO, Review
from assay.review.rows import add_review, reviews_of
from assay.run.images import load_real_manifest
from assay.serving.manage_labels import write_selection
from assay.store.consents import withdraw_consent
from assay.store.erase import erase_subject
from assay.store.feedback import KINDS, LABEL, Feedback, keep_feedback
from assay.store.keys import create_key
from assay.store.service_store import ServiceStore
from assay.store.subjects import DataSubject, add_subject
from labelled_world import LabelledWorld, Picture, photographs

pytestmark = pytest.mark.slow
SPLITS = ("train", "train", "val", "calib", "test")
DATASET = 20
"""The first pictures are those of the dataset; the other twelve nobody has seen."""
CHANGES = {
    "as it is": lambda pixels: pixels,
    "lighter": lambda pixels: np.clip(pixels.astype(int) + 6, 0, 255).astype(np.uint8),
    "mirrored": lambda pixels: np.ascontiguousarray(pixels[:, ::-1]),
    "smaller": lambda pixels: np.asarray(Image.fromarray(pixels).resize((pixels.shape[1] // 2, pixels.shape[0] // 2))),
}
DECIDED = ("kim", "both", "disputed", "arbitrated", "undone", "nobody")
SENT = st.tuples(
    st.integers(0, 31),
    st.sampled_from(sorted(CHANGES)),
    st.integers(0, 2),
    st.sampled_from(["", *KINDS]),
    st.sampled_from(DECIDED),
    st.booleans(),
)
"""Picture, what was done to it, who sends it, what feedback says, who decides, whether the lot has drawn it."""


@cache
def pictures() -> list[Picture]:
    """The photographs at half their size, which is enough for whoever compares them."""
    return [np.asarray(Image.fromarray(pixels).reduce(2)) for pixels in photographs()]


@pytest.fixture(scope="module")
def dataset(tmp_path_factory: pytest.TempPathFactory) -> DictConfig:
    return drawn_dataset(tmp_path_factory.mktemp("stones"))


def drawn_dataset(root: Path) -> DictConfig:
    """The config of a dataset of photographs in a folder, a fifth of them its test set."""
    folder = root / "stones"
    for number, pixels in enumerate(pictures()[:DATASET]):
        place = folder / SPLITS[number % 5] / ("jade", "onyx")[number // 10]
        place.mkdir(parents=True, exist_ok=True)
        Image.fromarray(pixels).save(place / f"{number:02}.png")
    return compose(["data=folder", f"data.root={folder}", f"cache={root / 'cache'}"])


@pytest.fixture(scope="module")
def base(dataset) -> Manifest:
    return load_real_manifest(dataset)


class History:
    """A store, three clients, and a record of which of the pictures was sent under which number."""

    def __init__(self, folder: Path, store: ServiceStore) -> None:
        self.world = LabelledWorld(store)
        self.people: list[DataSubject] = [self.world.ada, *(self.world.do(add_subject, name) for name in ("bo", "cy"))]
        for person in self.people:
            self.world.agree(subject=person)
        self.keys = [self.world.do(create_key, each.id, "k", ["classify"], actor="t")[0].id for each in self.people]
        self.origin: dict[str, set[int]] = {}

    def happen(self, number: int, change: str, who: int, said: str, decided: str, drawn: bool) -> None:
        pixels: Picture = CHANGES[change](pictures()[number])
        record = self.world.answer(pixels, self.people[who], key=self.keys[who])
        self.origin.setdefault(record.picture, set()).add(number)
        if said:
            label = "onyx" if said == LABEL else ""
            self.world.do(keep_feedback, Feedback(record.id, record.subject, record.key, said, label))
        if decided == "nobody":
            return
        reviews: dict[str, Any] = {"kim": "jade"}
        if decided in ("both", "disputed", "arbitrated"):
            reviews["lou"] = "jade" if decided == "both" else "onyx"
        if decided == "arbitrated":
            reviews["max"] = "onyx"
        item = self.world.decide(record, random=drawn, **reviews)
        if decided == "undone":
            last = self.world.look(reviews_of, item.id)[-1]
            self.world.do(add_review, Review(item.id, last.reviewer, "label", UNDO, supersedes=last.id), actor="kim")


HISTORIES = {
    "history": st.lists(SENT, min_size=3, max_size=14),
    "share": st.sampled_from([0.1, 0.5, 1.0]),
    "tested": st.booleans(),
    "gone": st.sampled_from(["", "withdrawn", "erased"]),
}
ALL_KINDS = [
    (
        number,
        change,
        number % 3,
        ["", *KINDS][number % (1 + len(KINDS))],
        DECIDED[number % len(DECIDED)],
        number % 4 == 0,
    )
    for number, change in zip((0, 2, 3, 4, 9, 13, 20, 21, 22, 23, 24, 25, 26, 31), cycle(sorted(CHANGES)), strict=False)
]
"""Pictures of each split and new ones, with each change, each feedback, each way to decide."""


def at_random(histories: int) -> Any:
    """Runs a property of histories on so many, the same ones each time."""
    few = settings(max_examples=histories, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
    return lambda check: few(given(**HISTORIES)(check))


@at_random(8)
@example(history=ALL_KINDS, share=1.0, tested=True, gone="")
@example(history=ALL_KINDS, share=0.5, tested=False, gone="withdrawn")
@example(history=ALL_KINDS[::-1], share=0.1, tested=True, gone="erased")
def test_no_picture_of_a_test_set_nor_a_copy_of_one_is_in_the_manifest_of_a_retraining(
    dataset, base, history, share, tested, gone
):
    """A few of the hundred that `experiments/retrain_histories` has, and three with everything that may happen."""
    see_that_nothing_is_learned_of_a_test_set(dataset, base, history, share, tested, gone)


def see_that_nothing_is_learned_of_a_test_set(
    dataset: DictConfig, base: Manifest, history: list[Any], share: float, tested: bool, gone: str
) -> int:
    """Let a history happen, and look at the manifest that is trained on then; gives what was added to it."""
    frozen = {number for number in range(DATASET) if SPLITS[number % 5] != "train"}
    with tempfile.TemporaryDirectory() as folder, ServiceStore(f"sqlite:///{folder}/service.db") as store:
        past = History(Path(folder), store)
        for event in history:
            past.happen(*event)
        world = past.world
        if tested:  # some of what was drawn at random is a new test set, of which nothing may be learned either
            chosen = fit_for("test", world.gather())
            if chosen.labels:
                world.write(Path(folder, "tested"), "test", chosen)
                frozen |= {number for label in chosen.labels for number in past.origin[label.picture]}
        selection = select_labels(store, world.pictures, "train", most=ClientShare(share, 8))
        made = Path(folder, f"set-{Path(folder).name}")
        try:
            write_selection(store, world.pictures, selection, made, name=made.name, split="train", actor="test")
        except ServiceError:
            assert not selection.gathered.labels
            return 0
        if gone == "withdrawn":
            world.pictures.remove(world.do(withdraw_consent, past.people[1].id, key="k").pictures)
        elif gone == "erased":
            erase_subject(store, world.folders, past.people[1], actor="test")
        try:
            manifest = load_real_manifest(changed(dataset, {"data.reviewed": str(made)}))
        except DataError as error:
            if "nothing of it can be used" not in str(error):
                raise
            return 0
        added = manifest.table[manifest.table["source"].str.startswith("reviewed/")]
        assert set(added["split"]) <= {"train"}
        numbers = {number for path in added["path"] for number in past.origin[Path(path).stem]}
        assert numbers.isdisjoint(frozen)
        assert numbers <= set(range(DATASET, 32))  # what train has already is not added again either
        for split in ("val", "calib", "test"):
            assert manifest.only(split).table.equals(base.only(split).table)
        hashes = {hashlib.sha256(path.read_bytes()).hexdigest() for path in manifest.only("test").paths}
        assert hashes.isdisjoint(hashlib.sha256(path.read_bytes()).hexdigest() for path in manifest.only("train").paths)
        ensure_frozen(manifest, base)
        decided = {label.picture for label in world.gather().labels}
        assert {Path(path).stem for path in added["path"]} <= decided
        return len(added)
