"""The next step of an alert: its pictures go to the review desk."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Connection, select

from assay.monitoring.alert import Alert
from assay.monitoring.alerts import speaking_answers
from assay.review.enqueue import queue_predictions
from assay.review.policy import QueuePolicy
from assay.store.tables import PREDICTIONS
from assay.store.trail import Personal, append_lines

SOURCE = "drift"
NOT_DRAWN = QueuePolicy(random_share=0.0)
"""What is queued because of an alert is chosen, so it belongs to no random slice."""


@dataclass(frozen=True)
class QueuedPictures:
    """What became of the pictures of an alert.

    Attributes:
        queued: that are new at the desk.
        known: that were queued already.
        unkept: that nobody may look at: they were not kept with consent.
    """

    queued: int
    known: int
    unkept: int


def queue_pictures(connection: Connection, alert: Alert, *, count: int, actor: str) -> QueuedPictures:
    """Queue the loudest pictures of an alert that may be looked at, and note it in the trail.

    Args:
        connection: in a transaction that may write.
        alert: whose.
        count: of them, at most.
        actor: who does it.
    """
    names = [each.prediction for each in speaking_answers(connection, alert.id)]
    asked = select(PREDICTIONS.c.id).where(PREDICTIONS.c.id.in_(names), PREDICTIONS.c.kept)
    kept = set(connection.scalars(asked))
    chosen = [name for name in names if name in kept][:count]
    made = queue_predictions(connection, chosen, SOURCE, NOT_DRAWN, batch=f"alert {alert.id[-8:]}")
    outcome = QueuedPictures(len(made.items), made.known, len(names) - len(kept))
    content = {"alert": alert.id, "cause": alert.cause, "queued": outcome.queued, "known": outcome.known}
    append_lines(connection, [("alert pictures queued", content, Personal("", {"actor": actor}))])
    return outcome
