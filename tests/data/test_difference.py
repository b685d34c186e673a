"""What is not the same in two manifests."""

from __future__ import annotations

from dataclasses import replace

import pytest

from assay.data.difference import difference
from audit_world import manifest_of, picture

BEFORE = manifest_of(("a", "amber", "train"), ("b", "amber", "train"), ("c", "jade", "val"), ("d", "jade", "test"))


def test_a_manifest_does_not_differ_from_itself_wherever_its_files_lie():
    moved = replace(BEFORE, table=BEFORE.table.assign(path=BEFORE.table["path"].str.replace("/p/", "/q/")))
    assert difference(BEFORE, moved).same
    assert difference(BEFORE, moved).shift == 0


def test_what_came_went_and_changed_is_named():
    after = manifest_of(("a", "jade", "train"), ("b", "amber", "test"), ("d", "jade", "test"), ("e", "onyx", "train"))
    changes = difference(BEFORE, after)
    assert changes.added == ("/p/e.png",)
    assert changes.gone == ("/p/c.png",)
    assert [(each.image, each.before, each.after) for each in changes.relabelled] == [(picture("a"), "amber", "jade")]
    assert [(each.path, each.before, each.after) for each in changes.moved] == [("/p/b.png", "train", "test")]
    assert changes.counts() == {
        "added": 1,
        "gone": 1,
        "relabelled": 1,
        "moved": 1,
        "new_classes": 0,
        "lost_classes": 0,
    }


def test_the_shift_of_the_classes_is_the_total_variation_distance():
    after = manifest_of(("a", "amber", "train"), ("e", "onyx", "train"), ("f", "onyx", "train"), ("g", "onyx", "val"))
    changes = difference(BEFORE, after)
    # By hand: shares (1/2, 1/2, 0) before and (1/4, 0, 3/4) now; half of 1/4 + 1/2 + 3/4.
    assert changes.shift == pytest.approx(0.75)
    assert {each.name: (each.before, each.after) for each in changes.classes} == {
        "amber": (2, 1),
        "jade": (2, 0),
        "onyx": (0, 3),
    }


def test_classes_are_the_same_by_their_names_and_not_by_their_places():
    turned = BEFORE.table.assign(label=BEFORE.table["label"].map({0: 1, 1: 0}))
    renamed = replace(BEFORE, table=turned, class_names=("jade", "amber", "ruby"))
    changes = difference(BEFORE, renamed)
    assert changes.relabelled == ()
    assert (changes.new_classes, changes.lost_classes) == (("ruby",), ("onyx",))


def test_files_of_the_same_bytes_are_one_picture_with_all_their_splits():
    before = manifest_of(("a~1", "amber", "train"), ("a~2", "amber", "test"))
    after = manifest_of(("a~2", "amber", "test"))
    (moved,) = difference(before, after).moved
    assert (moved.before, moved.after) == ("train, test", "test")
