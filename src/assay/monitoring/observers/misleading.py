"""Part of a look: clients whose feedback disagrees with reviewers far above chance, whose pictures are held back."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from sqlalchemy import select

from assay.monitoring.alert import FEEDBACK, LABELS_NEXT, Cause, NextStep
from assay.monitoring.observation import Observation, Scene
from assay.review.labels.clients import clients_of
from assay.review.labels.held_back import ClientFeedback, feedback_of_clients
from assay.store import tables
from assay.store.service_store import ServiceStore

PART = "feedback"


@dataclass(frozen=True)
class MisleadingObserver:
    """Sees who is held back from training, by the test that labels are chosen by.

    Attributes:
        store: of the service.
    """

    store: ServiceStore
    part: ClassVar[str] = PART

    def __call__(self, scene: Scene) -> Observation:
        """See `Observer`. A client is named by the id of its first key, and in no other way."""
        with self.store.reading() as connection:
            judged = connection.scalars(select(tables.FEEDBACK.c.prediction)).all()
            clients = feedback_of_clients(connection, clients_of(connection, judged))
        held = [each for each in clients if each.held]
        report = {"clients": len(clients), "held_back": len(held)}
        return Observation(PART, (FEEDBACK,), tuple(map(_cause, held)), report)


def _cause(held: ClientFeedback) -> Cause:
    key = held.client.id
    values = {"client": key, "disagreed": held.disagreed, "compared": held.compared, "p_value": held.p_value}
    sentence = (
        f"reviewers disagree with {held.disagreed} of {held.compared} answers that key {key} has judged, far above "
        "chance; nothing of it is trained on"
    )
    return Cause(f"feedback/{key}", FEEDBACK, "feedback.held_back", values, sentence, (), NextStep(LABELS_NEXT))
