"""Apply: a new manifest from a former one and what was decided about its findings."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from assay.audit.changes import Change, WorkingManifest
from assay.audit.decision import EXCLUDED_BY, AuditDecision, in_force
from assay.audit.finding import EXCLUDE, KEEP, KEEP_BOTH, RELABEL
from assay.data.manifest import Manifest
from assay.errors import DataError, did_you_mean


@dataclass(frozen=True)
class Applied:
    """A manifest that was made from another.

    Attributes:
        parent: digest of the former one.
        manifest: the new one.
        changes: what is not as it was.
        notes: what has to be known of it, as sentences.
    """

    parent: str
    manifest: Manifest
    changes: tuple[Change, ...]
    notes: tuple[str, ...] = ()

    def counts(self) -> dict[str, int]:
        """What was done -> to how many images."""
        counted: dict[str, int] = {}
        for change in self.changes:
            counted[change.what] = counted.get(change.what, 0) + 1
        return counted


def apply_decisions(manifest: Manifest, decisions: Sequence[AuditDecision]) -> Applied:
    """The manifest with what was decided done to it; no file is touched.

    What is excluded by one decision stays out whatever another keeps; of two new labels the later holds. Copies that
    are kept are of one group; where they were in several splits, the later split keeps them.

    Args:
        manifest: that was audited.
        decisions: in the order in which they were made.

    Raises:
        DataError: a new label is no class, or nothing is left.
    """
    standing = list(in_force(decisions).values())
    names = manifest.class_names
    faults = [
        f"\n  F-{each.finding} (by {each.by}): {each.label!r} is no class; {did_you_mean(each.label, names)}"
        for each in standing
        if each.choice == RELABEL and each.label not in names
    ]
    if faults:
        raise DataError("decisions give labels that the dataset does not have:" + "".join(faults))
    working = WorkingManifest(manifest)
    gone = [each for each in standing if each.images and not working.rows(each.images)]
    for each in standing:
        if each.choice == EXCLUDE:
            working.exclude(working.rows(each.images), _reason(EXCLUDED_BY, each))
        elif each.choice == KEEP:
            working.exclude(_others(working, each), _reason(EXCLUDED_BY, each))
    for each in standing:
        if each.choice == RELABEL:
            working.relabel(working.rows(each.images), each.label, _reason("relabelled by", each))
        elif each.choice == KEEP_BOTH:
            working.join(working.rows(each.images), _reason("joined by", each))
    if any(each.choice == KEEP_BOTH for each in standing):
        working.one_split_each("copies that were kept")
    made = working.result()
    return Applied(
        manifest.digest, made, tuple(working.changes), tuple(notes_of(manifest, made, working.changes, gone))
    )


def notes_of(
    before: Manifest, after: Manifest, changes: Sequence[Change], gone: Sequence[AuditDecision] = ()
) -> list[str]:
    """What has to be known of a manifest that was made from another.

    Raises:
        DataError: no image is left.
    """
    if not len(after.labelled):
        raise DataError("nothing is left of the dataset; take a decision back: assay audit undo FINDING")
    notes = []
    if gone:
        notes.append(f"{len(gone)} decisions are about pictures that are not in the dataset; they change nothing")
    labels = set(after.labelled.labels.tolist())
    empty = [name for label, name in enumerate(before.class_names) if label not in labels]
    if empty:
        notes.append(f"no image is left of {', '.join(empty)}")
    emptied = [split for split in before.splits if split not in after.splits]
    if emptied:
        notes.append(f"the split {' and '.join(emptied)} is empty now")
    tests = set(before.table["path"][before.table["split"] == "test"])
    touched = sum(change.path in tests and change.what != "joined" for change in changes)
    if touched:
        notes.append(
            f"{touched} images of test are changed: numbers that were measured on it before compare with no new ones"
        )
    return notes


def _others(working: WorkingManifest, decision: AuditDecision) -> list[int]:
    """All rows of a finding but the one that is kept: of files with the same bytes, the one that was named first."""
    first, *others = decision.images
    same = working.rows([first])
    named = [row for row in same if decision.paths and working.path(row) == decision.paths[0]]
    kept = (named or same)[:1]
    copies = same if first in others else []
    return [row for row in [*copies, *working.rows(image for image in others if image != first)] if row not in kept]


def _reason(what: str, decision: AuditDecision) -> str:
    return f"{what} {decision.by}: {decision.reason} (finding F-{decision.finding}, {decision.name})"
