"""A new manifest of what was decided."""

from __future__ import annotations

from dataclasses import replace

import pytest

from assay.audit.apply import apply_decisions
from assay.audit.decision import UNDONE
from assay.audit.mend import mend_groups
from assay.data.lineage import Lineage
from assay.data.manifest import Manifest
from assay.errors import DataError
from audit_world import decided, finding_about, manifest_of, names, picture

DATASET = manifest_of(
    ("a", "amber", "train"),
    ("b", "amber", "train"),
    ("c", "jade", "train"),
    ("d", "jade", "val"),
    ("e", "onyx", "test"),
    ("f", "onyx", "calib"),
    ("g", "amber", "test"),
)


def test_keep_keeps_the_first_picture_and_says_who_excluded_the_others():
    made = apply_decisions(DATASET, [decided(finding_about("b", "a"), "keep", reason="sharper")])
    assert names(made.manifest) == list("bcdefg")
    (path, reason) = made.manifest.excluded.iloc[-1]
    assert path == "/p/a.png"
    assert "excluded by kim: sharper" in reason
    assert made.counts() == {"excluded": 1}
    assert made.parent == DATASET.digest


def test_of_files_with_the_same_bytes_the_one_that_was_named_first_stays():
    dataset = manifest_of(("a~1", "amber", "train"), ("a~2", "amber", "train"), ("b", "jade", "train"))
    made = apply_decisions(dataset, [decided(finding_about("a~2", "a~1", name="same_bytes"), "keep")])
    assert names(made.manifest) == ["a~2", "b"]
    moved = replace(decided(finding_about("a~2", "a~1", name="same_bytes"), "keep"), paths=())
    assert names(apply_decisions(dataset, [moved]).manifest) == ["a~1", "b"]


def test_exclude_wins_over_keep_and_the_later_label_holds():
    decisions = [
        decided(finding_about("a", "b"), "keep"),
        decided(finding_about("a", kind="quality", name="blurred"), "exclude"),
        decided(finding_about("c", kind="label", name="mislabelled"), "relabel", label="onyx"),
        decided(finding_about("c", kind="label", name="unsure"), "relabel", label="amber"),
        decided(finding_about("d", kind="quality", name="dark"), "not_a_finding"),
    ]
    made = apply_decisions(DATASET, decisions)
    assert names(made.manifest) == list("cdefg")
    assert made.manifest.labels.tolist()[0] == 0
    assert [change.after for change in made.changes if change.what == "relabelled"] == ["onyx", "amber"]


def test_what_is_taken_back_is_as_if_it_had_never_been():
    gone = decided(finding_about("a", kind="quality", name="blurred"), "exclude")
    made = apply_decisions(DATASET, [gone, replace(gone, choice=UNDONE)])
    assert made.manifest.digest == DATASET.digest
    assert made.changes == ()


def test_kept_copies_are_one_group_and_the_later_split_keeps_them():
    made = apply_decisions(DATASET, [decided(finding_about("b", "d", "g"), "keep_both")])
    assert names(made.manifest) == list("acefg")
    reasons = dict(made.manifest.excluded.itertuples(index=False))
    assert all("of the split test" in reasons[f"/p/{name}.png"] for name in "bd")
    in_train = apply_decisions(DATASET, [decided(finding_about("a", "b"), "keep_both")]).manifest
    assert len(in_train) == 7
    assert in_train.groups[0] == in_train.groups[1]


def test_a_label_that_is_no_class_is_refused_with_the_nearest():
    with pytest.raises(DataError, match="'jad' is no class; did you mean jade"):
        apply_decisions(DATASET, [decided(finding_about("a"), "relabel", label="jad")])


def test_what_a_new_manifest_costs_is_said():
    decisions = [
        decided(finding_about("f", "e", kind="quality", name="blurred"), "exclude"),
        decided(finding_about("z", kind="quality", name="blurred"), "exclude"),
    ]
    notes = " ".join(apply_decisions(DATASET, decisions).notes)
    for words in (
        "1 decisions are about pictures that are not",
        "left of onyx",
        "split calib is empty",
        "1 images of test",
    ):
        assert words in notes
    with pytest.raises(DataError, match="nothing is left"):
        apply_decisions(DATASET, [decided(finding_about(*"abcdefg"), "exclude")])


def test_groups_are_mended_to_one_split_and_what_leaves_says_why():
    leak, copies = finding_about("a", "e", kind="leak"), finding_about("b", "c")
    made = mend_groups(DATASET, [leak, copies, finding_about("d", kind="quality", name="dark")])
    assert names(made.manifest) == list("bcdefg")
    assert made.manifest.table.groupby("group")["split"].nunique().max() == 1
    assert made.manifest.table.set_index("path")["group"][["/p/b.png", "/p/c.png"]].nunique() == 1
    (excluded,) = [change for change in made.changes if change.what == "excluded"]
    assert (excluded.path, excluded.before) == ("/p/a.png", "train")
    assert "of the split test" in excluded.reason
    again = mend_groups(made.manifest, [leak, copies])
    assert again.changes == ()


def test_others_of_a_group_leave_with_a_copy_of_theirs():
    dataset = manifest_of(
        ("a", "amber", "train"), ("b", "amber", "train"), ("c", "jade", "test"), groups={"a": "cow", "b": "cow"}
    )
    made = mend_groups(dataset, [finding_about("a", "c", kind="leak")])
    assert names(made.manifest) == ["c"]


def test_a_copy_outside_of_the_classes_leaves_and_the_test_stays():
    dataset = manifest_of(("a", "amber", "train"), ("b", "jade", "test"), ("c", "", "ood"))
    made = mend_groups(dataset, [finding_about("b", "c", kind="leak")])
    assert names(made.manifest) == ["a", "b"]


def test_a_copy_of_what_a_model_is_tested_on_leaves():
    leak = finding_about("a", kind="leak", name="test_of_model", values={"model": "shells"})
    made = mend_groups(DATASET, [leak])
    assert names(made.manifest) == list("bcdefg")
    assert "copy of an image of a test set" in made.changes[0].reason


def test_where_a_manifest_comes_from_is_kept_and_is_no_part_of_its_digest(tmp_path):
    lineage = Lineage("ab" * 32, "assay audit apply", "2026-01-01T00:00:00+00:00", "cd" * 32, {"excluded": 2})
    replace(DATASET, lineage=lineage).save(tmp_path / "m.parquet")
    loaded = Manifest.load(tmp_path / "m.parquet")
    assert loaded.lineage == lineage
    assert loaded.digest == DATASET.digest
    DATASET.save(tmp_path / "plain.parquet")
    assert Manifest.load(tmp_path / "plain.parquet").lineage is None
    assert Lineage.from_state({**lineage.state(), "of a later version": 1}) == lineage
    assert picture("a") in loaded.ids
