"""`assay review labels`, as it is typed."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from assay.config.check import check
from assay.config.compose import compose
from assay.errors import ConfigError, DataError
from assay.review.labels.files import read_set
from assay.store.consents import withdraw_consent
from labelled_world import LabelledWorld, photographs
from service_database import open_store


@pytest.fixture
def world(tmp_path: Path) -> Iterator[LabelledWorld]:
    with open_store(tmp_path) as store:
        made = LabelledWorld(store)
        made.agree()
        for seed in range(4):
            pixels = np.random.default_rng(seed).integers(0, 256, size=(20, 24, 3), dtype=np.uint8)
            made.decide(made.answer(pixels), random=seed > 1, kim="jade", lou="jade")
        made.decide(made.answer(photographs()[0]), kim="jade", lou="onyx")
        yield made


@pytest.fixture
def labels(assay: Any, world: LabelledWorld, tmp_path: Path) -> Any:
    return lambda *words: assay("review", "labels", f"store={tmp_path / 'service.db'}", *words)


def test_a_dry_run_says_what_would_be_in_a_set_and_the_set_is_that(labels, tmp_path):
    code, out, _ = labels("to=reviewed", "dry_run=true")
    assert code == 0
    assert "4  labels for train" in out
    assert "1  not decided yet" in out
    assert "nothing is written" in out
    assert not (tmp_path / "reviewed").exists()
    code, out, _ = labels("to=reviewed", "by=ada")
    assert code == 0
    assert "4  labels for train" in out
    about = json.loads((tmp_path / "reviewed" / "labels.json").read_text())
    assert (about["name"], about["split"], about["count"]) == ("reviewed", "train", 4)
    assert about["left_out"] == {"not decided yet": 1}
    table = labels("to=other", "dry_run=true", "format=csv")[1].splitlines()
    assert len(table) == 5
    assert table[0].startswith("item,picture,label,how,reviewers")


def test_what_was_tested_on_is_never_learned_from(labels):
    code, out, _ = labels("to=test-june", "split=test")
    assert code == 0
    assert "2  labels for test" in out
    assert "2  not of the random slice" in out
    code, out, _ = labels("to=reviewed")
    assert code == 0
    assert "2  labels for train" in out
    assert "2  its picture is in the test set test-june" in out


def test_what_was_learned_from_is_never_tested_on(labels, tmp_path):
    assert labels("to=reviewed")[0] == 0
    code, out, err = labels("to=test-june", "split=test")
    assert code != 0
    assert "there is no label for test yet" in out + err
    assert "2 its picture is in the train set reviewed" in out + err
    assert not (tmp_path / "test-june").exists()


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ((), "to=reviewed"),
        (("to=reviewed", "split=val"), "split"),
        (("to=reviewed", "form=label"), "goes with export"),
        (("to=service.db",), "there is something already"),
        (("to=reviewed", "name=" + "x" * 121), "1 to 120 characters"),
    ],
)
def test_what_does_not_fit_is_refused(labels, words, message):
    code, out, err = labels(*words)
    assert code != 0
    assert message in out + err


def test_a_set_keeps_its_name_and_its_folder(labels, assay, tmp_path):
    assert labels("to=reviewed")[0] == 0
    code, out, err = labels("to=reviewed")
    assert code != 0
    assert "name a folder that is new or empty" in out + err
    code, out, err = labels("to=more/reviewed")
    assert code != 0
    assert "reviewed: there is such a set of labels already" in out + err
    assert labels("to=more/reviewed", "name=july")[0] == 0


def test_who_is_to_be_erased_is_shown_with_the_pictures_that_sets_name(labels, assay, tmp_path):
    labels("to=reviewed")
    code, out, _ = assay("privacy", "erase", "ada", f"store={tmp_path / 'service.db'}")
    assert code == 0
    assert "4  label_set_pictures" in out
    code, out, _ = assay("privacy", "erase", "ada", f"store={tmp_path / 'service.db'}", "apply=true")
    assert code == 0
    assert "pictures that sets of reviewed labels name" in out
    code, out, err = labels("to=again")
    assert code != 0
    assert "there is no label for train yet: nothing was reviewed" in out + err


def test_the_commands_that_messages_name_give_what_is_missing(labels, assay, world, tmp_path):
    wanted = ["data=folder", "data.root=.", f"data.reviewed={tmp_path / 'new'}"]
    with pytest.raises(ConfigError, match="as assay review labels to=FOLDER writes it"):
        check(compose(wanted))
    assert labels("to=new")[0] == 0
    check(compose(wanted))
    table = tmp_path / "new" / "labels.jsonl"
    table.write_text(table.read_text().replace('"jade"', '"onyx"', 1))
    with pytest.raises(DataError, match="assay review labels writes them anew, into another folder"):
        read_set(tmp_path / "new", where="data.reviewed=new")
    code, out, err = labels("to=new/other", "name=new")
    assert code != 0
    assert "give it a name of its own by name=…" in out + err
    assert labels("to=new/other")[0] == 0
    assert len(read_set(tmp_path / "new" / "other", where="data.reviewed=new/other").labels) == 4
    world.do(withdraw_consent, world.ada.id, key="k")
    code, out, err = labels("to=third")
    assert code != 0
    assert "assay review report shows more" in out + err
    assert assay("review", "report", f"store={tmp_path / 'service.db'}", f"output={tmp_path / 'report'}")[0] == 0
