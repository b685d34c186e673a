"""What is new since a dataset was audited before, and what of it may not be."""

from __future__ import annotations

import pytest

from assay.audit.against import FAILS, against
from assay.audit.findings import Findings
from assay.errors import DataError
from audit_world import finding_about, manifest_of

BEFORE = manifest_of(("a", "amber", "train"), ("b", "amber", "test"), ("c", "jade", "train"))
AFTER = manifest_of(("a", "amber", "train"), ("b", "jade", "test"), ("d", "jade", "train"))
LEAK = finding_about("a", "b", kind="leak", name="across_splits")
NEWER = finding_about("d", "b", kind="leak", name="across_splits")
DARK = finding_about("a", kind="quality", name="dark")
KINDS = ("leak", "quality")


def findings(*these, kinds=KINDS, **more):
    return Findings(these, looked_at=kinds, **more)


def test_only_what_was_no_finding_before_is_new():
    seen = against((BEFORE, findings(LEAK, DARK)), (AFTER, findings(LEAK, NEWER)), ["new_leaks", "new_quality"])
    assert seen.new == (NEWER,)
    assert seen.settled == (DARK.id,)
    (failed,) = seen.failed
    assert failed.startswith(f"new_leaks: 1 (first: F-{NEWER.id}")


def test_what_is_left_of_a_former_finding_is_not_new():
    larger = finding_about("a", "b", "c", kind="leak", name="across_splits")
    assert against((BEFORE, findings(larger)), (AFTER, findings(LEAK))).new == ()
    assert against((BEFORE, findings(LEAK)), (AFTER, findings(larger))).new == (larger,)


def test_a_shortcut_of_before_is_not_new_with_other_examples():
    one, other = (
        finding_about(name, kind="shortcut", name="border", suggestion="", subject="jade") for name in ("a", "d")
    )
    assert against((BEFORE, findings(one, kinds=["shortcut"])), (AFTER, findings(other, kinds=["shortcut"]))).new == ()


def test_what_a_person_has_decided_is_not_new():
    seen = against((BEFORE, findings()), (AFTER, findings(NEWER)), ["new_leaks"], decided=[NEWER.id])
    assert seen.failed == ()


def test_differences_of_the_datasets_fail_where_that_is_asked_for():
    seen = against((BEFORE, findings()), (AFTER, findings()), ["relabelled", "gone", "moved", "new_classes"])
    assert [failed.partition(":")[0] for failed in seen.failed] == ["relabelled", "gone"]
    assert "/p/c.png" in seen.failed[1]
    assert against((BEFORE, findings()), (AFTER, findings())).failed == ()


def test_what_was_not_looked_for_in_both_is_never_passed():
    without = findings(kinds=("quality",), skipped={"leak": "the dataset has no splits"})
    for before, after in ((without, findings(NEWER)), (findings(LEAK), without)):
        with pytest.raises(DataError, match="leak was not looked for in both datasets: the dataset has no splits"):
            against((BEFORE, before), (AFTER, after), ["new_leaks"])
        seen = against((BEFORE, before), (AFTER, after))
        assert seen.new == ()
        assert "leak" in seen.notes[0]


def test_a_name_that_nothing_has_is_refused_with_the_nearest():
    with pytest.raises(DataError, match="did you mean new_leaks"):
        against((BEFORE, findings()), (AFTER, findings()), ["new_leak"])
    assert {"new_leaks", "new_shortcuts", "new_labels", "new_copies", "new_quality", "new_rights"} < set(FAILS)
