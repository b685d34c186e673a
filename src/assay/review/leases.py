"""Leases: who looks at an item now. One runs out, so that nothing is lost with a browser that was closed."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, ScalarSelect, Select, func, select
from sqlalchemy.sql.elements import ColumnElement

from assay.review.review import REVIEW, UNDO
from assay.store.ids import as_time
from assay.store.review_tables import REVIEW_ITEMS, REVIEW_LEASES, REVIEWS


@dataclass(frozen=True)
class Lease:
    """An item that a reviewer has before him.

    Attributes:
        item: id.
        reviewer: id.
        taken: UTC.
        until: UTC; behind it others may have the item.
        blind: what he chose before he saw the answer; "" for nothing yet. It stays, however often he comes again.
        details: what he chose with it.
        comment: that he wrote with it.
        redo: id of the review that he took back; "" for none.
    """

    item: str
    reviewer: str
    taken: str
    until: str
    blind: str = ""
    details: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    comment: str = ""
    redo: str = ""


def lease_of(connection: Connection, item: str, reviewer: str) -> Lease | None:
    """The lease of a reviewer, one that has run out too; None where he was lent nothing."""
    mine = REVIEW_LEASES.c.item == item, REVIEW_LEASES.c.reviewer == reviewer
    row = connection.execute(select(REVIEW_LEASES).where(*mine)).first()
    return None if row is None else _read(row)


def live_leases(connection: Connection, reviewer: str, at: datetime) -> list[Lease]:
    """What a reviewer has before him now: first what he has just taken back, then in the order of lending."""
    live = REVIEW_LEASES.c.reviewer == reviewer, REVIEW_LEASES.c.until > as_time(at)
    asked = select(REVIEW_LEASES).where(*live).order_by(REVIEW_LEASES.c.taken, REVIEW_LEASES.c.item)
    leases = [_read(row) for row in connection.execute(asked)]
    return [*reversed([each for each in leases if each.redo]), *(each for each in leases if not each.redo)]


def write_lease(connection: Connection, lease: Lease) -> Lease:
    """Write a lease, in place of the reviewer's former one of this item."""
    end_lease(connection, lease.item, lease.reviewer)
    details = json.dumps(dict(lease.details), ensure_ascii=False)
    connection.execute(REVIEW_LEASES.insert().values(**{**asdict(lease), "details": details}))
    return lease


def end_lease(connection: Connection, item: str, reviewer: str) -> None:
    """Give an item back."""
    mine = REVIEW_LEASES.c.item == item, REVIEW_LEASES.c.reviewer == reviewer
    connection.execute(REVIEW_LEASES.delete().where(*mine))


def end_leases(connection: Connection, item: str) -> None:
    """Give an item back, whoever has it."""
    connection.execute(REVIEW_LEASES.delete().where(REVIEW_LEASES.c.item == item))


def renew(connection: Connection, item: str, reviewer: str, at: datetime, seconds: float) -> bool:
    """Let a lease that has not run out run on; says whether there is one."""
    until = as_time(at + timedelta(seconds=seconds))
    mine = REVIEW_LEASES.c.item == item, REVIEW_LEASES.c.reviewer == reviewer, REVIEW_LEASES.c.until > as_time(at)
    return bool(connection.execute(REVIEW_LEASES.update().where(*mine).values(until=until)).rowcount)


def others_leases(reviewer: str, at: datetime) -> ScalarSelect[int]:
    """Number of live leases of others, of each row of items."""
    live = REVIEW_LEASES.c.until > as_time(at), REVIEW_LEASES.c.reviewer != reviewer
    counted = select(func.count()).select_from(REVIEW_LEASES)
    return counted.where(REVIEW_LEASES.c.item == REVIEW_ITEMS.c.id, *live).correlate(REVIEW_ITEMS).scalar_subquery()


def before(reviewer: str, at: datetime) -> ColumnElement[bool]:
    """Whether a reviewer has an item before him, of each row of items."""
    live = REVIEW_LEASES.c.until > as_time(at), REVIEW_LEASES.c.reviewer == reviewer
    mine = select(REVIEW_LEASES.c.item).where(REVIEW_LEASES.c.item == REVIEW_ITEMS.c.id, *live)
    return mine.correlate(REVIEW_ITEMS).exists()


def standing_reviews() -> ScalarSelect[int]:
    """Number of reviews that stand, arbiters' apart, of each row of items."""
    counted = select(func.count()).select_from(REVIEWS).where(REVIEWS.c.item == REVIEW_ITEMS.c.id)
    counted = counted.where(REVIEWS.c.kind == REVIEW, REVIEWS.c.arbiter.is_(False), _stands())
    return counted.correlate(REVIEW_ITEMS).scalar_subquery()


def acted_on(reviewer: str) -> ColumnElement[bool]:
    """Whether a reviewer has reviewed or skipped an item and not taken that back, of each row of items."""
    mine = select(REVIEWS.c.id).where(REVIEWS.c.item == REVIEW_ITEMS.c.id, REVIEWS.c.reviewer == reviewer)
    return mine.where(REVIEWS.c.kind != UNDO, _stands()).correlate(REVIEW_ITEMS).exists()


def acted_items(reviewer: str) -> Select[tuple[str]]:
    """Ids of all items that a reviewer has reviewed or skipped and not taken back; looked up once for a statement."""
    return select(REVIEWS.c.item).where(REVIEWS.c.reviewer == reviewer, REVIEWS.c.kind != UNDO, _stands())


def _stands() -> ColumnElement[bool]:
    later = REVIEWS.alias("later")
    return ~select(later.c.id).where(later.c.supersedes == REVIEWS.c.id).correlate(REVIEWS).exists()


def _read(row: Any) -> Lease:
    details = {name: tuple(values) for name, values in json.loads(row.details).items()}
    return Lease(**{**row._mapping, "details": details})
