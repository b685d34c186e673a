"""Reviewed labels in a training: train alone grows, nothing that is measured on is learned, the store is asked anew."""

from __future__ import annotations

import logging
import shutil
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from assay.config.check import check
from assay.config.compose import compose
from assay.data.manifest import Manifest
from assay.errors import ConfigError, DataError
from assay.review.labels.label import Gathered
from assay.review.labels.sides import fit_for
from assay.run.config_digest import config_digest
from assay.run.images import load_real_manifest
from assay.run.reviewed_notes import reviewed_notes
from assay.run.training_images import load_manifest
from assay.store.consents import withdraw_consent
from assay.store.erase import erase_subject
from labelled_world import LabelledWorld, photographs
from service_database import open_store

pytestmark = pytest.mark.slow


@pytest.fixture
def world(tmp_path: Path) -> Iterator[LabelledWorld]:
    with open_store(tmp_path) as store:
        made = LabelledWorld(store)
        made.agree()
        yield made


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A dataset of twenty photographs with the classes jade and onyx, which a table divides."""
    folder = tmp_path / "stones"
    for number, pixels in enumerate(photographs()[:20]):
        split = ("train", "train", "val", "calib", "test")[number % 5]
        (folder / split / ("jade", "onyx")[number // 10]).mkdir(parents=True, exist_ok=True)
        Image.fromarray(pixels).save(folder / split / ("jade", "onyx")[number // 10] / f"{number:02}.png")
    return folder


@pytest.fixture
def manifest(root: Path, tmp_path: Path) -> Callable[..., Manifest]:
    words = ["data=folder", f"data.root={root}", f"cache={tmp_path / 'cache'}"]
    return lambda *more: load_real_manifest(compose([*words, *more]))


def why(made: Manifest) -> dict[str, str]:
    return {Path(path).stem: reason for path, reason in made.excluded.itertuples(index=False)}


def test_reviewed_pictures_join_train_with_their_label_and_nothing_else_changes(world, manifest, tmp_path):
    new = photographs()[20:26]
    records = [world.answer(pixels) for pixels in new]
    for number, record in enumerate(records):
        world.decide(record, kim="onyx" if number % 2 else "jade")
    world.write(tmp_path / "june")
    before, after = manifest(), manifest(f"data.reviewed={tmp_path / 'june'}")
    rows = after.table[after.table["source"] == "reviewed/june"]
    assert [Path(path).stem for path in rows["path"]] == [record.picture for record in records]
    assert [after.class_names[label] for label in rows["label"]] == ["jade", "onyx"] * 3
    assert set(rows["split"]) == {"train"}
    assert set(rows["license"]) == {"consent 1 to improve"}
    assert rows["group"].nunique() == 6
    others = after.table[after.table["source"] != "reviewed/june"].reset_index(drop=True)
    assert others.equals(before.table)
    assert after.class_names == before.class_names
    words = ["data=folder", "data.root=.", f"data.reviewed={tmp_path / 'june'}"]
    assert (
        load_manifest(compose(["data=folder", f"data.root={tmp_path / 'stones'}", *words[2:]])).digest == after.digest
    )


def test_what_a_label_counts_is_in_the_manifest_its_digest_and_its_file(world, manifest, tmp_path):
    for number, pixels in enumerate(photographs()[20:24]):
        world.decide(world.answer(pixels), kim="onyx" if number % 2 else "jade")
    gathered = world.gather()
    labels = tuple(
        replace(label, weight=weight) for label, weight in zip(gathered.labels, (2, 1, 0.5, 0.5), strict=True)
    )
    world.write(tmp_path / "heavy", gathered=Gathered(labels, {}))
    world.write(tmp_path / "plain")
    heavy, plain = (manifest(f"data.reviewed={tmp_path / name}") for name in ("heavy", "plain"))
    assert "weight" not in plain.table
    assert heavy.digest != plain.digest
    heavy.save(tmp_path / "heavy.parquet")
    back = Manifest.load(tmp_path / "heavy.parquet")
    assert back.digest == heavy.digest
    assert back.weights.tolist() == heavy.weights.tolist() == [1.0] * 20 + [2.0, 1.0, 0.5, 0.5]
    assert set(back.only("test").weights) == {1.0}


def test_copies_of_what_is_measured_on_are_left_out_and_counted_and_near_copies_share_a_group(
    world, manifest, tmp_path, caplog
):
    photos = photographs()
    lighter = [np.clip(pixels.astype(int) + 6, 0, 255).astype(np.uint8) for pixels in photos]
    records = {
        "val": world.answer(photos[2]),  # the same pixels
        "calib": world.answer(lighter[3]),
        "test": world.answer(np.ascontiguousarray(photos[4][:, ::-1])),  # mirrored
        "train": world.answer(photos[0]),
        "one": world.answer(photos[21]),
        "same": world.answer(lighter[21]),
        "two": world.answer(photos[22]),
    }
    for record in records.values():
        world.decide(record, kim="jade")
    world.write(tmp_path / "june")
    with caplog.at_level(logging.WARNING):
        made = manifest(f"data.reviewed={tmp_path / 'june'}")
    rows = made.table[made.table["source"] == "reviewed/june"].set_index(
        made.table["path"][made.table["source"] == "reviewed/june"].map(lambda path: Path(path).stem)
    )
    names = {record.picture: name for name, record in records.items()}
    assert {names[stem] for stem in rows.index} == {"one", "same", "two"}
    groups = {names[stem]: group for stem, group in rows["group"].items()}
    assert groups["one"] == groups["same"] != groups["two"]
    reasons = {names[stem]: reason for stem, reason in why(made).items()}
    assert {name: reason.rpartition(" in ")[2] for name, reason in reasons.items()} == {
        name: name for name in ("val", "calib", "test", "train")
    }
    assert "4 reviewed pictures are left out" in caplog.text
    assert "1 a copy of a picture in test" in caplog.text


def test_what_is_withdrawn_erased_taken_back_or_of_another_class_after_the_set_was_written_is_not_trained_on(
    world, manifest, tmp_path
):
    from assay.review.review import UNDO, Review
    from assay.review.rows import add_review, reviews_of
    from assay.store.subjects import add_subject

    people = {name: world.do(add_subject, name) for name in ("withdrawn", "erased", "undone", "other", "stays")}
    records = {}
    for (name, subject), pixels in zip(people.items(), photographs()[20:], strict=False):
        world.agree(subject=subject)
        answer = {"label": "jade", "probabilities": {"jade": 0.6, "opal": 0.4}}
        records[name] = world.answer(pixels, subject, answer=answer)
        item = world.decide(records[name], kim="opal" if name == "other" else "jade")
        if name == "undone":
            (last,) = world.look(reviews_of, item.id)
    world.write(tmp_path / "june")
    world.do(add_review, Review(last.item, last.reviewer, "label", UNDO, supersedes=last.id), actor="kim")
    world.pictures.remove(world.do(withdraw_consent, people["withdrawn"].id, key="k").pictures)
    erase_subject(world.store, world.folders, people["erased"], actor="test")
    made = manifest(f"data.reviewed={tmp_path / 'june'}")
    names = {record.picture: name for name, record in records.items()}
    taken = made.table[made.table["source"] == "reviewed/june"]
    assert [names[Path(path).stem] for path in taken["path"]] == ["stays"]
    assert {names[stem]: reason for stem, reason in why(made).items()} == {
        "withdrawn": "the consent was withdrawn, or the subject erased",
        "erased": "its review is kept no longer",
        "undone": "not decided yet",
        "other": "opal is no class of the dataset",
    }


def test_a_withdrawn_picture_that_was_sent_again_to_be_looked_at_alone_stays_out(world, manifest, tmp_path):
    photos = photographs()
    for pixels in photos[20:22]:
        record = world.answer(pixels)
        world.decide(record, kim="jade")
    from assay.store.subjects import add_subject

    bob = world.do(add_subject, "bob")
    world.agree(subject=bob)
    world.decide(world.answer(photos[23], bob), kim="onyx")
    world.write(tmp_path / "june")
    world.pictures.remove(world.do(withdraw_consent, world.ada.id, key="k").pictures)
    world.agree(("keep",))
    assert world.answer(photos[21]).picture == record.picture
    assert world.pictures.has(record.picture)
    made = manifest(f"data.reviewed={tmp_path / 'june'}")
    assert list(made.table["source"]).count("reviewed/june") == 1


def test_a_new_test_set_takes_the_place_of_the_old_one_on_purpose_and_trains_nothing(world, manifest, tmp_path):
    photos = photographs()
    for number, pixels in enumerate(
        [*photos[20:24], photos[0], photos[4]]
    ):  # the last two: of train, and of the old test
        world.decide(
            world.answer(pixels), random=True, **dict.fromkeys(("kim", "lou"), "onyx" if number % 2 else "jade")
        )
    world.write(tmp_path / "test-june", "test", fit_for("test", world.gather()))
    before, after = manifest(), manifest(f"data.reviewed_test={tmp_path / 'test-june'}")
    assert set(after.only("test").table["source"]) == {"reviewed/test-june"}
    assert len(after.only("test")) == 5
    for split in ("train", "val", "calib"):
        assert after.only(split).table.equals(before.only(split).table)
    reasons = list(after.excluded["reason"])
    assert sum("the test set is data.reviewed_test=" in reason for reason in reasons) == len(before.only("test"))
    assert sum(reason.endswith("in train") for reason in reasons) == 1
    with pytest.raises(DataError, match=r"is a set for test; type data\.reviewed_test="):
        manifest(f"data.reviewed={tmp_path / 'test-june'}")


def test_a_reader_of_the_run_is_told_what_was_learned_from_and_what_it_was_measured_on(world, manifest, root, tmp_path):
    photos = photographs()
    for number, pixels in enumerate([*photos[20:24], photos[0]]):
        world.decide(world.answer(pixels), kim="onyx" if number % 2 else "jade")
    world.write(tmp_path / "june")
    words = ["data=folder", f"data.root={root}", f"data.reviewed={tmp_path / 'june'}"]
    assert reviewed_notes(compose(words), manifest(words[2])) == (
        "4 reviewed pictures (set june) were trained on beside those of the dataset.",
        "Reviewed pictures that were left out: 1; the manifest says why each was.",
    )
    assert reviewed_notes(compose(words[:2]), manifest()) == ()
    assert "cannot be held against" in reviewed_notes(compose([*words[:2], "data.reviewed_test=x"]), manifest())[0]


def test_a_set_that_its_store_does_not_know_or_whose_store_is_gone_trains_nothing(world, manifest, tmp_path):
    world.decide(world.answer(photographs()[20]), kim="jade")
    world.write(tmp_path / "june")
    shutil.copy(tmp_path / "service.db", tmp_path / "kept.db")
    about = (tmp_path / "june" / "labels.json").read_text()
    (tmp_path / "june" / "labels.json").write_text(about.replace('"set_id": "', '"set_id": "x'))
    with pytest.raises(DataError, match="does not know this set"):
        manifest(f"data.reviewed={tmp_path / 'june'}")
    (tmp_path / "june" / "labels.json").write_text(about.replace("service.db", "nowhere.db"))
    with pytest.raises(DataError, match=r"nowhere\.db is not there"):
        manifest(f"data.reviewed={tmp_path / 'june'}")
    with pytest.raises(ConfigError, match="must be a folder of reviewed labels"):
        check(compose(["data=folder", "data.root=.", f"data.reviewed={tmp_path}"]))
    both = f"data.reviewed_test={tmp_path / 'june'}"
    with pytest.raises(ConfigError, match=r"leave data\.fold out"):
        check(compose(["data=folder", "data.root=.", both, "data.fold=0", "data.folds=5"]))


def test_labels_of_classes_that_the_dataset_does_not_have_are_refused_with_the_nearest(world, manifest, tmp_path):
    answer: dict[str, Any] = {"label": "Jade", "probabilities": {"Jade": 1.0}}
    world.decide(world.answer(photographs()[20], answer=answer, label="Jade"), kim="Jade")
    world.write(tmp_path / "june")
    with pytest.raises(DataError, match=r"nothing of it can be used: 1 Jade is no class of the dataset.*jade"):
        manifest(f"data.reviewed={tmp_path / 'june'}")


def test_configs_of_before_keep_their_digest():
    config = compose(["data=folder", "data.root=."])
    from omegaconf import OmegaConf

    older = OmegaConf.create(OmegaConf.to_container(config, resolve=True))
    del older.data.reviewed, older.data.reviewed_test
    assert config_digest(older) == config_digest(config)
