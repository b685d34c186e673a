from __future__ import annotations

from dataclasses import replace

import pytest

from assay.audit.decision import UNDONE, AuditDecision, in_force
from assay.audit.finding import Finding
from assay.errors import DataError

FINDING = Finding("copies", "same_pixels", ("b" * 64, "a" * 64), ("b.png", "a.png"), "the same pixels", 1.0, "keep")
DECISION = AuditDecision("f1", "copies", "same_pixels", "keep", ("b" * 64, "a" * 64), "kim", "b is the larger one")


def test_a_finding_is_the_same_one_wherever_its_pictures_lie_and_whichever_comes_first():
    moved = replace(FINDING, images=FINDING.images[::-1], paths=("x/a.png", "x/b.png"), score=0.5)
    assert moved.id == FINDING.id
    assert replace(FINDING, name="near_copies").id != FINDING.id
    assert replace(FINDING, images=("a" * 64, "c" * 64)).id != FINDING.id


def test_a_finding_about_a_class_is_the_same_one_whichever_examples_are_shown():
    shortcut = Finding("shortcut", "border", ("a" * 64,), ("a.png",), "tells jade", 0.9, subject="jade")
    assert replace(shortcut, images=("b" * 64, "c" * 64), paths=("b.png", "c.png")).id == shortcut.id
    assert replace(shortcut, subject="onyx").id != shortcut.id
    assert shortcut.decided_images == ()
    assert FINDING.decided_images == FINDING.images
    assert FINDING.id == "aae79bcab50b"  # as decisions of before name it


@pytest.mark.parametrize(
    ("change", "message"),
    [({"kind": "ghost"}, "kinds"), ({"suggestion": "burn"}, "suggests"), ({"paths": ("a.png",)}, "names 1 files")],
)
def test_a_finding_that_nobody_could_decide_is_refused(change, message):
    with pytest.raises(DataError, match=message):
        replace(FINDING, **change)


def test_the_last_decision_holds_and_can_be_taken_back():
    other = replace(DECISION, finding="f2", choice="exclude", reason="blurred")
    later = replace(DECISION, choice="keep_both", reason="two shots")
    assert in_force([DECISION, other, later]) == {"f2": other, "f1": later}
    undone = replace(later, choice=UNDONE, reason="too early")
    assert in_force([DECISION, other, later, undone]) == {"f2": other}


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"choice": "keeep"}, 'did you mean "keep"|keep'),
        ({"by": " "}, "who decided"),
        ({"reason": ""}, "why"),
        ({"choice": "relabel"}, "label"),
        ({"label": "jade"}, "label"),
    ],
)
def test_a_decision_without_an_author_a_reason_or_its_label_is_refused(change, message):
    with pytest.raises(DataError, match=message):
        replace(DECISION, **change)
