"""Gathering: decided items of the form label whose picture may be learned from: by consent, or by its licence."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from sqlalchemy import Connection

from assay.collection.permitted import PermittedFile, permitted
from assay.review.forms import form_of
from assay.review.forms.label import FORM
from assay.review.item import CLOSED, COLLECTED, SETTLED, ReviewItem
from assay.review.labels.label import AGREED, ARBITRATED, ONE, Gathered, ReviewedLabel
from assay.review.review import REVIEW, Review, in_force
from assay.review.rows import items, reviews
from assay.store.improving import consents_to_improve
from assay.store.kept_pictures import KeptPictures
from assay.store.review_tables import REVIEW_ITEMS, REVIEWS
from assay.store.tombstones import buried

UNDECIDED = "not decided yet"
NO_CLASS = "decided, but on no class: cannot tell, not of this kind, bad picture"
FILES = "a file of this machine, not a picture that was kept with consent"
BURIED = "the consent was withdrawn, or the subject erased"
GONE = "the picture is kept no longer"
NOT_PERMITTED = "its collection has it no longer, or permits no training with it"
UNASKED = "nobody agreed that the picture trains later models"
TWICE = "the same picture was decided on differently"
SAME = "the same picture was decided on before"
FEW = "fewer reviewers stand behind it than are asked for"


def gather_labels(connection: Connection, pictures: KeptPictures, *, agreed: int = 1) -> Gathered:
    """Everything that was decided in the form label, as labels or with the reason why it is none.

    Known items measure reviewers and are no labels; they are not mentioned.

    Args:
        connection: that may read.
        pictures: that are kept.
        agreed: reviewers that must have chosen the class; what an arbiter decided needs no more.
    """
    asked = items(connection, REVIEW_ITEMS.c.form == FORM.name, REVIEW_ITEMS.c.known == "")
    standing = _standing(connection)
    left_out = {item.id: why for item in asked if (why := _undecided(item) or ("" if standing[item.id] else UNDECIDED))}
    decided = [item for item in asked if item.id not in left_out]
    gone = buried(connection, [item.picture for item in decided])
    consents = consents_to_improve(connection, [item.prediction for item in decided])
    rights = permitted(_file(item) for item in decided if item.source == COLLECTED)
    labels: dict[str, ReviewedLabel] = {}
    for item in decided:
        if item.source == COLLECTED:
            right = rights.get(_file(item))
            label = None if right is None else _collected(_label(item, standing[item.id], ""), item, right)
            why = NOT_PERMITTED
        else:
            why = _unusable(item, gone, pictures, consents)
            label = None if why else _label(item, standing[item.id], consents[item.prediction])
        if label is None:
            left_out[item.id] = why
        elif label.how != ARBITRATED and label.reviewers < agreed:
            left_out[item.id] = FEW
        else:
            labels[item.id] = label
    doubled = _doubled(list(labels.values()))
    kept = tuple(label for label in labels.values() if label.item not in doubled)
    return Gathered(kept, {**left_out, **doubled})


def _undecided(item: ReviewItem) -> str:
    if item.state == CLOSED:
        return f"closed: {item.closed}"
    if item.state != SETTLED:
        return UNDECIDED
    if item.outcome not in item.classes:
        return NO_CLASS
    return "" if item.picture or item.source == COLLECTED else FILES


def _unusable(item: ReviewItem, gone: Collection[str], pictures: KeptPictures, consents: Mapping[str, str]) -> str:
    """Why the kept picture of an item trains nothing; "" where it may."""
    if item.picture in gone:
        return BURIED
    if not pictures.has(item.picture):
        return GONE
    return "" if item.prediction in consents else UNASKED


def _file(item: ReviewItem) -> Path:
    return Path(item.shows["picture"])


def _collected(label: ReviewedLabel, item: ReviewItem, right: PermittedFile) -> ReviewedLabel:
    return replace(label, picture=right.sha256, file=str(_file(item)), licence=right.licence)


def _standing(connection: Connection) -> dict[str, list[Review]]:
    """Item -> reviews that stand."""
    by_item: dict[str, list[Review]] = defaultdict(list)
    for row in in_force(reviews(connection, REVIEWS.c.form == FORM.name)):
        if row.kind == REVIEW:
            by_item[row.item].append(row)
    return by_item


def _label(item: ReviewItem, rows: Sequence[Review], consent: str) -> ReviewedLabel:
    arbiters = [row for row in rows if row.arbiter]
    how = ARBITRATED if arbiters else AGREED if len(rows) > 1 else ONE
    behind = arbiters[-1:] or list(rows)
    form = form_of(item.form)
    confidence = item.hidden.get("confidence")
    return ReviewedLabel(
        item.id,
        item.picture,
        item.outcome,
        how,
        reviewers=sum(not form.choice(item, row.final).own for row in rows),
        blind=all(row.blind == item.outcome for row in behind),
        reviewed=max(row.time for row in rows),
        form=item.form,
        guideline=max(rows, key=lambda row: row.trail).guideline,
        source=item.source,
        random_slice=item.random_slice,
        model=item.model,
        version=item.version,
        bundle=item.bundle,
        answer=item.answer,
        confidence=None if confidence is None else float(confidence),
        consent=consent,
        form_version=max(rows, key=lambda row: row.trail).form_version,
        imported=sum(bool(row.imported) for row in rows),
    )


def _doubled(labels: Sequence[ReviewedLabel]) -> dict[str, str]:
    """Item -> why its picture, which was answered and decided on more than once, is left out here."""
    by_picture: dict[str, list[ReviewedLabel]] = defaultdict(list)
    for label in labels:
        by_picture[label.picture].append(label)
    why: dict[str, str] = {}
    for same in by_picture.values():
        if len({label.label for label in same}) > 1:
            why |= {label.item: TWICE for label in same}
        else:
            why |= {label.item: SAME for label in same[1:]}
    return why
