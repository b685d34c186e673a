"""Material: items of one form with the reviews of them that stand, as a report is made of them."""

from __future__ import annotations

from collections.abc import Hashable, Iterator
from dataclasses import dataclass, field

from sqlalchemy import Connection

from assay.review.forms import form_of
from assay.review.forms.form import Form
from assay.review.item import ReviewItem
from assay.review.review import REVIEW, UNDO, Review, in_force
from assay.review.reviewers import reviewers
from assay.review.rows import items, reviews
from assay.store.review_tables import REVIEW_ITEMS, REVIEWS

RANDOM, QUEUE, STUDY, KNOWN = "random", "queue", "study", "known"
SLICES = {
    RANDOM: "The random slice: drawn of everything that was answered",
    QUEUE: "The queue: what somebody has to look at because it is hard",
    STUDY: "What was chosen to be looked at: samples of a study, findings of an audit",
}
"""Parts of the items that say different things -> for people."""


def slice_of(item: ReviewItem) -> str:
    """To which part an item belongs."""
    if item.known:
        return KNOWN
    if item.random_slice:
        return RANDOM
    return STUDY if item.source in ("study", "audit") else QUEUE


def picture_of(item: ReviewItem) -> Hashable:
    """What an item shares with others about the same picture."""
    return item.picture or tuple(sorted(item.shows.values())) or item.prediction or item.id


@dataclass(frozen=True)
class Material:
    """Items of one form.

    Attributes:
        form: that they are asked in.
        items: by id.
        standing: reviews that nobody has taken back.
        skips: that stand.
        undone: reviews and skips that were taken back.
        names: of reviewers by id.
    """

    form: Form
    items: dict[str, ReviewItem]
    standing: tuple[Review, ...]
    skips: int
    undone: int
    names: dict[str, str] = field(default_factory=dict)

    def abstains(self, item: ReviewItem, choice: str) -> bool:
        """Whether a choice leaves the question open; one that nobody knows, "", does."""
        return choice == "" or any(each.value == choice and each.abstains for each in self.form.choices_of(item))

    def independent(self, part: str) -> Iterator[tuple[ReviewItem, Review]]:
        """Choices of a part of the items, made before anything was seen; what an arbiter says is no such choice."""
        for review in self.standing:
            item = self.items[review.item]
            if slice_of(item) == part and not review.arbiter and not self.abstains(item, review.blind):
                yield item, review


def material_of(connection: Connection, form: str, batch: str = "") -> Material:
    """Everything about the items of a form.

    Args:
        connection: that may read.
        form: name of it.
        batch: that is meant; "" for all. Known items belong to every batch.

    Raises:
        ServiceError: the form is not installed.
    """
    listed = {each.id: each for each in items(connection, REVIEW_ITEMS.c.form == form)}
    meant = {key: each for key, each in listed.items() if not batch or each.batch == batch or each.known}
    rows = [row for row in reviews(connection, REVIEWS.c.form == form) if row.item in meant]
    stand = in_force(rows)
    done = tuple(row for row in stand if row.kind == REVIEW)
    names = {each.id: each.name for each in reviewers(connection)}
    undone = sum(row.kind == UNDO for row in rows)
    return Material(form_of(form), meant, done, len(stand) - len(done), undone, names)
