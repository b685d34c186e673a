"""Queue: which item a reviewer gets next. Two reviewers never get one item twice, and none is lost."""

from __future__ import annotations

import random
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import Connection, func, select
from sqlalchemy.sql.elements import ColumnElement

from assay.review.item import DISPUTED, OPEN, ReviewItem
from assay.review.leases import (
    Lease,
    acted_items,
    acted_on,
    before,
    lease_of,
    live_leases,
    others_leases,
    renew,
    standing_reviews,
    write_lease,
)
from assay.review.policy import QueuePolicy
from assay.review.reviewers import ARBITER, REVIEWER, Reviewer
from assay.review.rows import item_of
from assay.store.ids import as_time
from assay.store.review_tables import REVIEW_ITEMS, REVIEWERS, REVIEWS

TABLE = REVIEW_ITEMS.c
AT_ONCE = 100
"""Items of one look; one of the first is nearly always free."""
ACTIVE = timedelta(minutes=15)
"""Since his last review, in which an arbiter counts as one who is there."""


@dataclass(frozen=True)
class Assignment:
    """An item that a reviewer is to look at.

    Attributes:
        item: what.
        lease: his.
        arbiter: whether he decides between others.
    """

    item: ReviewItem
    lease: Lease
    arbiter: bool


def next_assignment(
    connection: Connection,
    reviewer: Reviewer,
    form: str,
    policy: QueuePolicy,
    *,
    apart_from: Collection[str] = (),
    at: datetime | None = None,
    draw: random.Random | None = None,
) -> Assignment | None:
    """The item that a reviewer has before him, else one that becomes his; None where nothing is left for him.

    Args:
        connection: in a transaction that may write.
        reviewer: who asks.
        form: that he works on.
        policy: of the queue.
        apart_from: ids of items that he has before him already and does not mean.
        at: the present.
        draw: decides when a known item is mixed in.
    """
    moment = at or datetime.now(UTC)
    held = []
    for lease in live_leases(connection, reviewer.id, moment):
        item = item_of(connection, lease.item)
        if item is not None and item.form == form and item.state in (OPEN, DISPUTED):
            held.append(lease)
            if lease.item not in apart_from:
                renew(connection, lease.item, reviewer.id, moment, policy.lease_seconds)
                return Assignment(item, lease, item.state == DISPUTED)
    if len(held) >= policy.leases:
        return None
    free = _free(connection, reviewer, form, policy, moment, draw or random.Random())
    return None if free is None else lend(connection, free, reviewer, policy, moment)


def lend(connection: Connection, item: ReviewItem, reviewer: Reviewer, policy: QueuePolicy, at: datetime) -> Assignment:
    """Lend an item that is free for a reviewer; what he chose blind in a lease that has run out stays."""
    former = lease_of(connection, item.id, reviewer.id)
    until = as_time(at + timedelta(seconds=policy.lease_seconds))
    kept = (former.blind, former.details, former.comment, former.redo) if former else ("", {}, "", "")
    lease = write_lease(connection, Lease(item.id, reviewer.id, as_time(at), until, *kept))
    return Assignment(item, lease, item.state == DISPUTED)


def free_for(connection: Connection, item: str, reviewer: Reviewer, at: datetime) -> ReviewItem | None:
    """An item where a reviewer may have it now; None where others have it, or he has had it."""
    for kind in _kinds(reviewer, at):
        row = connection.execute(select(TABLE.id).where(TABLE.id == item, kind)).first()
        if row is not None:
            return item_of(connection, item)
    return None


def _free(
    connection: Connection, reviewer: Reviewer, form: str, policy: QueuePolicy, at: datetime, draw: random.Random
) -> ReviewItem | None:
    ordinary, disputed, known = _ordinary(reviewer, at), _disputed(reviewer, at), _known(reviewer, at)
    kinds = []
    if reviewer.may(REVIEWER):
        kinds = [known, ordinary] if draw.random() < policy.known_share else [ordinary]
    if reviewer.may(ARBITER):
        kinds = [disputed, *kinds] if _is_least_loaded(connection, reviewer, at) else [*kinds, disputed]
    for kind in kinds:
        order = (func.random(),) if kind is known else (TABLE.priority.desc(), TABLE.id)
        state = TABLE.state == (DISPUTED if kind is disputed else OPEN)
        waiting = TABLE.form == form, state, (TABLE.known != "") if kind is known else (TABLE.known == "")
        chosen = _first(connection, reviewer, waiting, kind, order)
        if chosen is not None:
            return item_of(connection, chosen)
    return None


def _first(
    connection: Connection,
    reviewer: Reviewer,
    waiting: Iterable[ColumnElement[bool]],
    kind: ColumnElement[bool],
    order: Iterable[ColumnElement[Any]],
) -> str | None:
    """The first item of a kind. What others have of each is looked up for some at a time, not for all that wait."""
    asked = select(TABLE.id).where(*waiting, TABLE.id.not_in(acted_items(reviewer.id))).order_by(*order)
    start = 0
    while some := list(connection.scalars(asked.limit(AT_ONCE).offset(start))):
        free = set(connection.scalars(select(TABLE.id).where(TABLE.id.in_(some), kind)))
        for each in some:
            if each in free:
                return each
        start += AT_ONCE
    return None


def _kinds(reviewer: Reviewer, at: datetime) -> list[ColumnElement[bool]]:
    own = [_ordinary(reviewer, at), _known(reviewer, at)] if reviewer.may(REVIEWER) else []
    return [*own, _disputed(reviewer, at)] if reviewer.may(ARBITER) else own


def _ordinary(reviewer: Reviewer, at: datetime) -> ColumnElement[bool]:
    room = standing_reviews() + others_leases(reviewer.id, at) < TABLE.wanted
    return (TABLE.state == OPEN) & (TABLE.known == "") & room & _new_to(reviewer, at)


def _disputed(reviewer: Reviewer, at: datetime) -> ColumnElement[bool]:
    return (TABLE.state == DISPUTED) & (others_leases(reviewer.id, at) == 0) & _new_to(reviewer, at)


def _known(reviewer: Reviewer, at: datetime) -> ColumnElement[bool]:
    return (TABLE.state == OPEN) & (TABLE.known != "") & _new_to(reviewer, at)


def _new_to(reviewer: Reviewer, at: datetime) -> ColumnElement[bool]:
    return ~acted_on(reviewer.id) & ~before(reviewer.id, at)


def _is_least_loaded(connection: Connection, reviewer: Reviewer, at: datetime) -> bool:
    """Whether no other arbiter who is there has decided less often today."""
    arbiters = [
        row.id
        for row in connection.execute(select(REVIEWERS.c.id, REVIEWERS.c.roles).where(REVIEWERS.c.disabled == ""))
        if ARBITER in row.roles.split()
    ]
    since = as_time(at - timedelta(days=1))
    decided = func.coalesce(func.sum(REVIEWS.c.arbiter.cast(TABLE.wanted.type)), 0)
    asked = select(REVIEWS.c.reviewer, decided, func.max(REVIEWS.c.time)).where(
        REVIEWS.c.reviewer.in_(arbiters), REVIEWS.c.time >= since
    )
    loads = {row[0]: (int(row[1]), row[2]) for row in connection.execute(asked.group_by(REVIEWS.c.reviewer))}
    mine = loads.get(reviewer.id, (0, ""))[0]
    active = as_time(at - ACTIVE)
    return all(mine <= load for who, (load, last) in loads.items() if who != reviewer.id and last >= active)
