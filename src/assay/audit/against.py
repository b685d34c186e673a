"""Against: what is new in a dataset since it was audited before, and whether that may be."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from assay.audit.finding import KINDS, Finding
from assay.audit.findings import Findings
from assay.data.difference import Difference, difference
from assay.data.manifest import Manifest
from assay.errors import DataError, did_you_mean

_PLURAL = {"quality": "quality", "copies": "copies", "rights": "rights"}
NEW = {f"new_{_PLURAL.get(kind, f'{kind}s')}": kind for kind in KINDS}
"""What may fail for a new finding -> kind of it."""
CHANGED = {
    "gone": "pictures that are not there any more",
    "relabelled": "pictures of another class",
    "moved": "pictures in another split",
    "new_classes": "classes that were not there",
    "lost_classes": "classes that are not there any more",
}
"""What may fail for a difference of the datasets -> for people."""
FAILS = (*NEW, *CHANGED)


@dataclass(frozen=True)
class Against:
    """A dataset beside the one that it was.

    Attributes:
        difference: of the datasets.
        new: findings that were none before.
        settled: ids of findings of before that are none any more.
        failed: of what was asked for, that which is new, each as a sentence.
        notes: what could not be compared, as sentences.
    """

    difference: Difference
    new: tuple[Finding, ...]
    settled: tuple[str, ...]
    failed: tuple[str, ...]
    notes: tuple[str, ...] = ()


def against(
    before: tuple[Manifest, Findings],
    after: tuple[Manifest, Findings],
    fail_on: Sequence[str] = (),
    *,
    decided: Sequence[str] = (),
) -> Against:
    """What is new since before.

    Args:
        before: the former dataset and what was found in it.
        after: the dataset now.
        fail_on: of `FAILS`.
        decided: ids of findings that a person has decided; they are not new.

    Raises:
        DataError: something that cannot fail, or a kind whose new findings fail and that was not looked for in both.
    """
    ensure_known(fail_on)
    comparable = set(before[1].looked_at) & set(after[1].looked_at)
    notes = [
        f"{kind}: was looked for in one of the datasets alone, so that nothing of it is new or settled"
        for kind in sorted(set(before[1].looked_at) ^ set(after[1].looked_at))
    ]
    unknown = [name for name in fail_on if name in NEW and NEW[name] not in comparable]
    if unknown:
        where = after[1] if NEW[unknown[0]] not in after[1].looked_at else before[1]
        why = where.skipped.get(NEW[unknown[0]], "it was not asked for")
        raise DataError(f"fail_on={unknown[0]}: {NEW[unknown[0]]} was not looked for in both datasets: {why}")
    former = [finding for finding in before[1].findings if finding.kind in comparable]
    latter = [finding for finding in after[1].findings if finding.kind in comparable]
    new = tuple(_unknown(latter, former, set(decided)))
    now = {finding.id for finding in latter}
    settled = tuple(finding.id for finding in former if finding.id not in now)
    changes = difference(before[0], after[0])
    return Against(changes, new, settled, tuple(_failed(fail_on, new, changes)), tuple(notes))


def ensure_known(fail_on: Sequence[str]) -> None:
    """Refuse names of what cannot fail.

    Raises:
        DataError: there is no such name.
    """
    for name in fail_on:
        if name not in FAILS:
            raise DataError(f"fail_on={name}: nothing is called so; {did_you_mean(name, FAILS)}")


def _unknown(latter: Sequence[Finding], former: Sequence[Finding], decided: set[str]) -> Iterator[Finding]:
    """Findings that were none before, also not as part of a larger one about the same."""
    known = {finding.id for finding in former} | decided
    larger: dict[tuple[str, str, str], list[frozenset[str]]] = {}
    for finding in former:
        images = frozenset(finding.decided_images)
        for image in images:
            larger.setdefault((finding.kind, finding.name, image), []).append(images)
    for finding in latter:
        alike = (
            larger.get((finding.kind, finding.name, finding.decided_images[0]), []) if finding.decided_images else []
        )
        if finding.id not in known and not any(images.issuperset(finding.decided_images) for images in alike):
            yield finding


def _failed(fail_on: Sequence[str], new: Sequence[Finding], changes: Difference) -> list[str]:
    failed, counts = [], changes.counts()
    for name in fail_on:
        if name in CHANGED:
            if counts[name]:
                failed.append(f"{name}: {counts[name]} {CHANGED[name]} (first: {_first(getattr(changes, name)[0])})")
            continue
        these = [finding for finding in new if finding.kind == NEW[name]]
        if these:
            failed.append(f"{name}: {len(these)} (first: F-{these[0].id}, {these[0].name}: {these[0].why})")
    return failed


def _first(entry: object) -> str:
    return str(getattr(entry, "path", entry))
