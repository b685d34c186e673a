"""Numbers: how far a reviewer is, how long an item takes him, and what is left for him."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from statistics import fmean, median

from sqlalchemy import Connection, func, select

from assay.review.item import DISPUTED, OPEN
from assay.review.leases import acted_items
from assay.review.review import REVIEW, in_force
from assay.review.reviewers import ARBITER, REVIEWER, Reviewer
from assay.review.rows import reviews
from assay.store.ids import as_time
from assay.store.review_tables import REVIEW_ITEMS, REVIEWS

DAY = timedelta(days=1)


@dataclass(frozen=True)
class DeskNumbers:
    """Of one reviewer and one form.

    Attributes:
        done: items that he has reviewed within a day.
        left: items that wait and that he has not had.
        seconds: of an item, the median; None before the first.
        per_hour: items, at his pace while he looks; None before the first.
        disputes: that wait for an arbiter; 0 for who is none.
    """

    done: int
    left: int
    seconds: float | None
    per_hour: float | None
    disputes: int

    @property
    def total(self) -> int:
        """Done and left together."""
        return self.done + self.left + self.disputes


def numbers_of(connection: Connection, reviewer: Reviewer, form: str) -> DeskNumbers:
    """Count.

    Args:
        connection: that may read.
        reviewer: whose.
        form: name of it.
    """
    since = as_time(datetime.now(UTC) - DAY)
    rows = reviews(connection, REVIEWS.c.reviewer == reviewer.id, REVIEWS.c.form == form, REVIEWS.c.time >= since)
    seconds = [row.seconds for row in in_force(rows) if row.kind == REVIEW]
    mean = fmean(seconds) if seconds else 0.0
    return DeskNumbers(
        len(seconds),
        _waiting(connection, reviewer, form, OPEN) if reviewer.may(REVIEWER) else 0,
        median(seconds) if seconds else None,
        3600 / mean if mean else None,
        _waiting(connection, reviewer, form, DISPUTED) if reviewer.may(ARBITER) else 0,
    )


def _waiting(connection: Connection, reviewer: Reviewer, form: str, state: str) -> int:
    table = REVIEW_ITEMS.c
    asked = select(func.count()).select_from(REVIEW_ITEMS)
    waits = table.form == form, table.state == state, table.known == "", table.id.not_in(acted_items(reviewer.id))
    return int(connection.scalar(asked.where(*waits)) or 0)
