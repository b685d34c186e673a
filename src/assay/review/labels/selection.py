"""Selection: what of all that was decided goes into a set of labels, and who and what was left out of it."""

from __future__ import annotations

from collections import Counter
from dataclasses import asdict, dataclass
from typing import Any

from sqlalchemy import select

from assay.review.labels.cap import Cap, capped, largest_cap
from assay.review.labels.clients import LabellingClient, clients_of
from assay.review.labels.gather import gather_labels
from assay.review.labels.held_back import ClientFeedback, feedback_of_clients, without_held
from assay.review.labels.label import Gathered
from assay.review.labels.label_set import TEST, other_split, pictures_of
from assay.review.labels.sides import apart_from, fit_for
from assay.review.labels.weights import SliceWeights, slice_weights, weighted
from assay.review.rows import items
from assay.store.kept_pictures import KeptPictures
from assay.store.review_tables import REVIEW_ITEMS
from assay.store.service_store import ServiceStore
from assay.store.tables import FEEDBACK

COLLECTION = LabellingClient("collected", "collected pictures")
"""All collected pictures: a source gives no more of what is trained on than a client may."""
LATER = "reviewed since the retraining began"


@dataclass(frozen=True)
class ClientShare:
    """How much of what is trained on one client may have sent.

    Attributes:
        share: in (0, 1].
        base: training images that no client has sent.
    """

    share: float
    base: int


@dataclass(frozen=True)
class Selection:
    """Labels for a set, and how they were chosen.

    Attributes:
        gathered: labels, and what is none with its reason.
        clients: how their feedback agrees with reviewers, for the operator alone; () for a test set.
        cap: on labels of one client; None for a test set.
        weights: of hard pictures and others; None for a test set.
    """

    gathered: Gathered
    clients: tuple[ClientFeedback, ...] = ()
    cap: Cap | None = None
    weights: SliceWeights | None = None

    @property
    def held(self) -> tuple[str, ...]:
        """Names of clients that are held back."""
        return tuple(each.client.name for each in self.clients if each.held)

    def about(self) -> dict[str, Any]:
        """What a set says of how it was chosen, as JSON; it names no client."""
        if self.cap is None or self.weights is None:
            return {}
        cap = {**asdict(self.cap), "reached": len(self.cap.reached)}
        sources = dict(Counter(label.source for label in self.gathered.labels).most_common())
        return {"cap": cap, "weights": asdict(self.weights), "held_back": len(self.held), "sources": sources}


def select_labels(
    store: ServiceStore,
    pictures: KeptPictures,
    split: str,
    *,
    agreed: int = 1,
    most: int | ClientShare | None = None,
    until: str = "",
) -> Selection:
    """Choose what goes into a set of labels.

    Args:
        store: of the service.
        pictures: that are kept.
        split: "train", or "test": of which no label is weighed and no client is limited, as it is drawn at random.
        agreed: reviewers that must have chosen a class.
        most: labels of one client, or the share of all that is trained on; None for no limit.
        until: UTC; what was reviewed later is left out, so that the same is chosen again; "" for all.
    """
    with store.reading() as connection:
        gathered = fit_for(split, gather_labels(connection, pictures, agreed=agreed))
        others = pictures_of(connection, other_split(split))
        predictions = {item.id: item.prediction for item in items(connection, REVIEW_ITEMS.c.prediction != "")}
        judged_answers = connection.scalars(select(FEEDBACK.c.prediction)).all()
        known = clients_of(connection, [*predictions.values(), *judged_answers])
        judged = [] if split == TEST else feedback_of_clients(connection, known)
    if until:
        gathered = gathered.without({each.item: LATER for each in gathered.labels if each.reviewed > until})
    gathered = apart_from(gathered, others, other_split(split), pictures)
    if split == TEST:
        return Selection(gathered)
    clients = {item: known[prediction] for item, prediction in predictions.items() if prediction in known}
    clients |= {label.item: COLLECTION for label in gathered.labels if label.file}
    trusted = without_held(gathered, clients, judged)
    counts = Counter(clients[label.item].id for label in trusted.labels)
    limit = largest_cap(counts.values(), most.base, most.share) if isinstance(most, ClientShare) else most
    limited, cap = capped(trusted, clients, limit)
    weights = slice_weights(trusted.labels, limited.labels)
    chosen = Gathered(weighted(limited.labels, weights), limited.left_out)
    return Selection(chosen, tuple(judged), cap, weights)
