"""Findings at the review desk: queued as items, and what reviewers settled read back as decisions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from sqlalchemy import Connection

from assay.audit.decision import UNDONE, AuditDecision
from assay.audit.finding import CHOICES, RELABEL, Finding
from assay.data.manifest import Manifest
from assay.review.enqueue import Enqueued, queue_files
from assay.review.forms.audit import FORM
from assay.review.item import SETTLED, ReviewItem
from assay.review.review import REVIEW, Review, in_force
from assay.review.reviewers import reviewers
from assay.review.rows import items, reviews
from assay.store.review_tables import REVIEW_ITEMS, REVIEWS

PLACES = ("picture", "other", "other2", "other3")
"""What the pictures of a finding are to the form; of more, the first are shown."""
LONGEST_BATCH = 120
DESK = "(desk, item {})"
_WHY = {value: text for detail in FORM.details for value, text in detail.options}


@dataclass(frozen=True)
class SettledFindings:
    """What the desk has made of findings.

    Attributes:
        decisions: what reviewers agreed on or an arbiter decided, and what they have taken back.
        waiting: findings that are still to be decided.
        open: findings that were settled without a decision: nobody could tell, or there are several new labels.
    """

    decisions: tuple[AuditDecision, ...]
    waiting: int
    open: int


def queue_findings(
    connection: Connection, findings: Sequence[Finding], manifest: Manifest, *, batch: str, wanted: int = 1
) -> Enqueued:
    """Queue findings that are about pictures, each once.

    Args:
        connection: in a transaction that may write.
        findings: that are open.
        manifest: whose pictures they are about.
        batch: what belongs together, such as the dataset's name.
        wanted: reviewers that look at each.

    Raises:
        ServiceError: a file is missing.
    """
    names = dict(enumerate(manifest.class_names))
    labels = dict(zip(manifest.table["path"], manifest.table["label"].map(names).fillna(""), strict=True))
    made: list[ReviewItem] = []
    known = 0
    for finding in findings:
        if not finding.decided_images:
            continue
        shows = {place: str(Path(path).absolute()) for place, path in zip(PLACES, finding.paths, strict=False)}
        shown = dict.fromkeys(str(labels.get(path, "")) for path in finding.paths[: len(PLACES)])
        about = {
            "label": ", ".join(filter(None, shown)),
            "why": finding.why,
            "finding": finding.id,
            "kind": finding.kind,
            "name": finding.name,
            "images": list(finding.images),
            "paths": list(finding.paths),
        }
        own = queue_files(
            connection,
            FORM.name,
            [shows],
            batch=_batch(batch, finding),
            source="audit",
            wanted=wanted,
            classes=manifest.class_names,
            hidden=[about],
        )
        made += own.items
        known += own.known
    return Enqueued(tuple(made), 0, known)


def settled_decisions(connection: Connection, standing: Mapping[str, AuditDecision], *, batch: str) -> SettledFindings:
    """What reviewers have settled since.

    Args:
        connection: that may read.
        standing: decisions in force, by finding; what came from the desk and is not settled there any more is undone.
        batch: under which findings were queued.
    """
    asked = REVIEW_ITEMS.c.form == FORM.name, REVIEW_ITEMS.c.source == "audit"
    queued = [item for item in items(connection, *asked) if item.batch.startswith(f"{batch}: ")]
    names = {each.id: each.name for each in reviewers(connection)}
    by_item: dict[str, list[Review]] = {}
    for row in reviews(connection, REVIEWS.c.form == FORM.name):
        by_item.setdefault(row.item, []).append(row)
    decisions, waiting, undecided = [], 0, 0
    for item in queued:
        finding = str(item.hidden.get("finding", ""))
        before = standing.get(finding)
        decision = _decision(item, by_item.get(item.id, []), names) if item.state == SETTLED else None
        if decision is not None:
            if before is None or _from_desk(before, item):
                decisions.append(decision)
            continue
        waiting += item.state != SETTLED
        undecided += item.state == SETTLED
        if before is not None and _from_desk(before, item):
            reason = f"taken back at the desk {DESK.format(item.id)}"
            decisions.append(replace(before, choice=UNDONE, label="", reason=reason, time=""))
    return SettledFindings(tuple(decisions), waiting, undecided)


def _decision(item: ReviewItem, rows: Sequence[Review], names: Mapping[str, str]) -> AuditDecision | None:
    standing = [row for row in in_force(rows) if row.kind == REVIEW and row.final == item.outcome]
    if any(row.arbiter for row in standing):
        standing = [row for row in standing if row.arbiter][-1:]
    if item.outcome not in CHOICES or not standing:
        return None
    labels = {row.details.get("label", ("",))[0] for row in standing} if item.outcome == RELABEL else {""}
    if len(labels) > 1:
        return None
    words = dict.fromkeys(row.comment.strip() for row in standing if row.comment.strip())
    ticked = dict.fromkeys(_WHY[value] for row in standing for value in row.details.get("why", ()) if value in _WHY)
    reason = "; ".join([*ticked, *words]) or "settled"
    about = item.hidden
    return AuditDecision(
        str(about["finding"]),
        str(about["kind"]),
        str(about["name"]),
        item.outcome,
        tuple(about["images"]),
        ", ".join(dict.fromkeys(names.get(row.reviewer, row.reviewer) for row in standing)),
        f"{reason} {DESK.format(item.id)}",
        labels.pop(),
        max(row.time for row in standing),
        tuple(about["paths"]),
    )


def _from_desk(decision: AuditDecision, item: ReviewItem) -> bool:
    return decision.reason.endswith(DESK.format(item.id))


def _batch(batch: str, finding: Finding) -> str:
    """Findings of one kind and name share no set of pictures, so that the same files are queued once for each."""
    return f"{batch[: LONGEST_BATCH - 60]}: {finding.kind} {finding.name}"[:LONGEST_BATCH]
