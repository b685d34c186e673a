"""Team: how far each form is, and what each reviewer has done, for whoever looks after both."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sqlalchemy import ColumnElement, Connection, case, func, select

from assay.review.item import STATES
from assay.review.review import REVIEW, UNDO
from assay.review.reviewers import Reviewer, reviewers
from assay.store.ids import as_time
from assay.store.review_tables import REVIEW_ITEMS, REVIEWS

DAY = timedelta(days=1)


@dataclass(frozen=True)
class FormState:
    """How far a form is; items whose class is known are left out, because they are asked again and again.

    Attributes:
        form: name of it.
        items: by state of `STATES`.
        oldest: time of the oldest that is open, UTC; "" for none.
    """

    form: str
    items: dict[str, int]
    oldest: str


@dataclass(frozen=True)
class Member:
    """What a reviewer has done, over all forms; what was taken back is left out.

    Attributes:
        reviewer: who.
        reviews: of his that stand.
        today: those within a day.
        seconds: that he looked at an item, on average; None before the first.
        overrides: decisions of his against the answer.
        known: items whose class is known, that he has reviewed.
        right: of those.
        last: time of his last review, UTC; "" for none.
    """

    reviewer: Reviewer
    reviews: int = 0
    today: int = 0
    seconds: float | None = None
    overrides: int = 0
    known: int = 0
    right: int = 0
    last: str = ""


def form_states(connection: Connection) -> list[FormState]:
    """Forms that have items, in the order of their names."""
    table = REVIEW_ITEMS.c
    asked = select(table.form, table.state, func.count(), func.min(table.time)).where(table.known == "")
    counts: dict[str, dict[str, int]] = {}
    oldest: dict[str, str] = {}
    for form, state, count, first in connection.execute(asked.group_by(table.form, table.state)):
        counts.setdefault(form, dict.fromkeys(STATES, 0))[state] = count
        if state == STATES[0]:
            oldest[form] = first
    return [FormState(form, items, oldest.get(form, "")) for form, items in sorted(counts.items())]


def team(connection: Connection, at: datetime | None = None) -> list[Member]:
    """All reviewers, in the order of their making.

    Args:
        connection: that may read.
        at: the present.
    """
    since, row = as_time((at or datetime.now(UTC)) - DAY), REVIEWS.c
    known = REVIEW_ITEMS.c.known
    undone = select(row.supersedes).where(row.kind == UNDO)
    asked = (
        select(
            row.reviewer,
            func.count(),
            _sum(row.time >= since),
            func.avg(row.seconds),
            _sum(row.override),
            _sum(known != ""),
            _sum((known != "") & (known == row.final)),
            func.max(row.time),
        )
        .join(REVIEW_ITEMS, REVIEW_ITEMS.c.id == row.item)
        .where(row.kind == REVIEW, row.id.not_in(undone))
        .group_by(row.reviewer)
    )
    done = {each[0]: tuple(each)[1:] for each in connection.execute(asked)}
    return [Member(each, *done.get(each.id, ())) for each in reviewers(connection)]


def _sum(condition: ColumnElement[bool]) -> ColumnElement[int]:
    return func.sum(case((condition, 1), else_=0))
