"""Mend: copies of a picture become one group in one split, in a new manifest."""

from __future__ import annotations

from collections.abc import Sequence

from assay.audit.apply import Applied, notes_of
from assay.audit.changes import WorkingManifest
from assay.audit.finding import Finding
from assay.data.manifest import Manifest

GROUPED = ("copies", "leak")
"""Kinds of findings whose pictures are the same one."""


def mend_groups(manifest: Manifest, findings: Sequence[Finding]) -> Applied:
    """The manifest in which no split is tested on what another learned from.

    The pictures of each finding of copies become one group. Where a group is in several splits, the later keeps its
    images (test before calib before val before train), and the others are excluded with the reason. Copies of what a
    registered model is tested on are excluded.

    Args:
        manifest: with splits.
        findings: of any kind; those of other kinds than `GROUPED` are left alone.

    Raises:
        DataError: nothing is left.
    """
    working = WorkingManifest(manifest)
    for finding in findings:
        if finding.kind not in GROUPED:
            continue
        rows = working.rows(finding.images)
        if "model" in finding.values:
            working.exclude(rows, f"copy of an image of a test set (finding F-{finding.id}): {finding.why}")
            continue
        working.join(rows, f"copies of one picture (finding F-{finding.id}, {finding.name})")
    working.one_split_each("copies of one picture")
    made = working.result()
    return Applied(manifest.digest, made, tuple(working.changes), tuple(notes_of(manifest, made, working.changes)))
