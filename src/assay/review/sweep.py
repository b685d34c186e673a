"""Sweep: looks through what was answered and said since it looked last, and queues what a person should see.

It reads the log instead of being told by whoever answers: no answer waits for it, and what was answered while nobody
swept is queued later. Answers and feedback are numbered by their line of the audit trail, as they were committed.
"""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Connection, select

from assay.review.enqueue import mark_random, prediction_item, raise_priority, sources_of
from assay.review.item import CLOSED, SETTLED
from assay.review.policy import QueuePolicy
from assay.review.rows import add_items, close_items
from assay.store.feedback import RIGHT
from assay.store.kept_pictures import KeptPictures
from assay.store.prediction_log import GIVEN, read_prediction
from assay.store.review_tables import REVIEW_ITEMS, REVIEW_SWEEP
from assay.store.service_store import ServiceStore
from assay.store.tables import FEEDBACK, PREDICTIONS, TRAIL_HEAD

LINES = 1000
"""Of the trail that one transaction looks through, so that nobody's answer waits long for its log."""
GONE = "the picture is kept no longer"


@dataclass(frozen=True)
class Swept:
    """What a sweep has done.

    Attributes:
        queued: items that are new.
        unkept: answers that somebody should see, but whose picture was not kept with consent.
        behind: lines of the trail that are left to look through.
    """

    queued: int
    unkept: int
    behind: int = 0


def sweep(store: ServiceStore, policy: QueuePolicy) -> Swept:
    """Look through everything since the last sweep, in small transactions.

    Args:
        store: of the service.
        policy: of the queue.
    """
    queued = unkept = 0
    while True:
        with store.reading() as connection:
            if _behind(connection) == 0:
                break
        part = store.write(lambda connection: sweep_lines(connection, policy))
        queued, unkept = queued + part.queued, unkept + part.unkept
        if not part.behind:
            break
    return Swept(queued, unkept)


def sweep_lines(connection: Connection, policy: QueuePolicy, lines: int = LINES) -> Swept:
    """Look through so many lines.

    Args:
        connection: in a transaction that may write.
        policy: of the queue.
        lines: at most.
    """
    row = connection.execute(select(REVIEW_SWEEP).where(REVIEW_SWEEP.c.id == 1)).one()
    head = connection.scalar(select(TRAIL_HEAD.c.number)) or 0
    upto = min(head, row.line + lines)
    asked = select(PREDICTIONS).where(PREDICTIONS.c.trail.between(row.line + 1, upto), GIVEN)
    records = [read_prediction(each) for each in connection.execute(asked.order_by(PREDICTIONS.c.trail))]
    reasons = [(record, sources_of(record, policy)) for record in records]
    due = [(record, why[0]) for record, why in reasons if why]
    wishes = [prediction_item(record, why, policy) for record, why in due if record.kept]
    made = add_items(connection, wishes)
    for item in wishes:
        if item.random_slice and len(made) < len(wishes):
            mark_random(connection, item)
    of_feedback, unkept = _sweep_feedback(connection, policy, row.line, upto)
    if upto != row.line:
        connection.execute(REVIEW_SWEEP.update().where(REVIEW_SWEEP.c.id == 1).values(line=upto))
    unkept += sum(not record.kept for record, _ in due)
    return Swept(len(made) + of_feedback, unkept, head - upto)


def close_without_picture(store: ServiceStore, pictures: KeptPictures) -> int:
    """Close items that still wait, whose picture is kept no longer: consent was withdrawn, or its time is over.

    Looks for the file of each. Nobody is shown one meanwhile: the desk passes over what it has no picture of.

    Returns:
        How many were closed.
    """
    waiting = REVIEW_ITEMS.c.state.not_in((CLOSED, SETTLED)), REVIEW_ITEMS.c.picture != ""
    named = select(PREDICTIONS.c.id).where(PREDICTIONS.c.picture == REVIEW_ITEMS.c.picture, PREDICTIONS.c.kept)
    with store.reading() as connection:
        rows = connection.execute(select(REVIEW_ITEMS.c.id, REVIEW_ITEMS.c.picture, named.exists()).where(*waiting))
        gone = [row[0] for row in rows.all() if not row[2] or not pictures.has(row[1])]
    return store.write(lambda connection: close_items(connection, gone, GONE)) if gone else 0


def _behind(connection: Connection) -> int:
    line = connection.scalar(select(REVIEW_SWEEP.c.line)) or 0
    return (connection.scalar(select(TRAIL_HEAD.c.number)) or 0) - line


def _sweep_feedback(connection: Connection, policy: QueuePolicy, after: int, upto: int) -> tuple[int, int]:
    """Items that are new because a client contradicts, and those whose picture was not kept."""
    wrong = FEEDBACK.c.trail.between(after + 1, upto), FEEDBACK.c.kind != RIGHT
    asked = select(PREDICTIONS).join(FEEDBACK, FEEDBACK.c.prediction == PREDICTIONS.c.id).where(*wrong)
    records = [read_prediction(row) for row in connection.execute(asked.order_by(FEEDBACK.c.trail))]
    wishes = [prediction_item(record, "feedback", policy) for record in records if record.kept]
    made = add_items(connection, wishes)
    for item in wishes:
        raise_priority(connection, item)
    return len(made), len(records) - len(wishes)
