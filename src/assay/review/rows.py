"""Rows of items and reviews: written with their line of the audit trail, read as values."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, fields, replace
from typing import Any

from sqlalchemy import ColumnElement, Connection, select

from assay.review.forms import version_of
from assay.review.item import CLOSED, ReviewItem
from assay.review.review import Review
from assay.review.settling import settled
from assay.store.ids import new_id, now
from assay.store.review_tables import REVIEW_ITEMS, REVIEWS
from assay.store.trail import Personal, append_lines

AT_ONCE = 500
"""Values of one statement."""


def add_items(connection: Connection, items: Iterable[ReviewItem]) -> list[ReviewItem]:
    """Write items; what is queued already is not queued again.

    Args:
        connection: in a transaction that may write.
        items: without id and time.

    Returns:
        Those that are new, as they were written.
    """
    wanted = {item.mark: item for item in items}
    marks, known = list(wanted), set()
    for start in range(0, len(marks), AT_ONCE):
        same = REVIEW_ITEMS.c.mark.in_(marks[start : start + AT_ONCE])
        known |= set(connection.scalars(select(REVIEW_ITEMS.c.mark).where(same)))
    moment = now()
    made = [replace(item, id=new_id(), time=moment) for mark, item in wanted.items() if mark not in known]
    if made:
        connection.execute(REVIEW_ITEMS.insert(), [_item_row(item) for item in made])
    return made


def items(connection: Connection, *conditions: ColumnElement[bool]) -> list[ReviewItem]:
    """Items that meet all conditions on columns of their table, in the order of their making."""
    asked = select(REVIEW_ITEMS).where(*conditions).order_by(REVIEW_ITEMS.c.id)
    return [_read_item(row) for row in connection.execute(asked)]


def item_of(connection: Connection, item: str) -> ReviewItem | None:
    """The item of an id; None where there is none."""
    return next(iter(items(connection, REVIEW_ITEMS.c.id == item)), None)


def reviews(connection: Connection, *conditions: ColumnElement[bool]) -> list[Review]:
    """All rows of reviews that meet the conditions, superseded ones too, in the order of their making."""
    line = REVIEWS.c.trail
    return [_read_review(row) for row in connection.execute(select(REVIEWS).where(*conditions).order_by(line))]


def reviews_of(connection: Connection, item: str) -> list[Review]:
    """All rows about an item, in the order of their making."""
    return reviews(connection, REVIEWS.c.item == item)


def add_review(connection: Connection, review: Review, *, actor: str, about: Mapping[str, Any] | None = None) -> Review:
    """Write what a reviewer did, with its line of the trail, and what it makes of the item.

    Args:
        connection: in a transaction that may write; the item has to be there.
        review: without id, time and line.
        actor: name of the reviewer.
        about: what the personal part of the line says besides, such as who imported it.
    """
    item = item_of(connection, review.item)
    assert item is not None
    guideline = review.guideline or item.guideline
    version = review.form_version or version_of(review.form)
    kept = replace(review, id=new_id(), time=now(), bundle=item.bundle, guideline=guideline, form_version=version)
    content = {"form": kept.form, "action": kept.kind, "override": kept.override, "arbiter": kept.arbiter}
    content |= {"imported": kept.imported} if kept.imported else {}
    subject_matter = {"review": kept.id, "item": item.id, "prediction": item.prediction, "picture": item.picture}
    words = {name: getattr(kept, name) for name in ("blind", "final", "reason", "comment", "supersedes")}
    personal = Personal(
        item.subject, {**subject_matter, **words, **(about or {}), "actor": actor, "reviewer": kept.reviewer}
    )
    (entry,) = append_lines(connection, [("review", content, personal)], at=kept.time)
    kept = replace(kept, trail=entry.number)
    connection.execute(REVIEWS.insert().values(**{**asdict(kept), "details": _json(kept.details)}))
    settle(connection, item)
    return kept


def settle(connection: Connection, item: ReviewItem) -> ReviewItem:
    """Write what the reviews that stand make of an item; one that is closed stays so."""
    if item.state == CLOSED:
        return item
    now_is = settled(item.wanted, reviews_of(connection, item.id))
    change = REVIEW_ITEMS.update().where(REVIEW_ITEMS.c.id == item.id)
    connection.execute(change.values(state=now_is.state, outcome=now_is.outcome))
    return replace(item, state=now_is.state, outcome=now_is.outcome)


def close_items(connection: Connection, ids: Sequence[str], why: str) -> int:
    """Close items that nobody can look at any more, with the reason. Gives how many were not closed."""
    count = 0
    for start in range(0, len(ids), AT_ONCE):
        these = REVIEW_ITEMS.c.id.in_(ids[start : start + AT_ONCE]), REVIEW_ITEMS.c.state != CLOSED
        count += connection.execute(REVIEW_ITEMS.update().where(*these).values(state=CLOSED, closed=why)).rowcount
    return count


def _item_row(item: ReviewItem) -> dict[str, Any]:
    texts = {name: _json(getattr(item, name)) for name in ("shows", "classes", "hidden")}
    return {**{each.name: getattr(item, each.name) for each in fields(item)}, **texts, "mark": item.mark}


def _read_item(row: Any) -> ReviewItem:
    values = {name: value for name, value in row._mapping.items() if name != "mark"}
    texts = {name: json.loads(values[name]) for name in ("shows", "classes", "hidden")}
    return ReviewItem(**{**values, **texts, "classes": tuple(texts["classes"])})


def _read_review(row: Any) -> Review:
    details = {name: tuple(value) for name, value in json.loads(row.details).items()}
    return Review(**{**row._mapping, "details": details})


def _json(value: Any) -> str:
    return json.dumps(dict(value) if not isinstance(value, tuple) else list(value), ensure_ascii=False, allow_nan=False)
