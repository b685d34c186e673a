"""Waiting: how much is queued, of which form, for which reason, since when, and who has some of it before him."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import Connection, func, select

from assay.review.item import DISPUTED, OPEN, STATES
from assay.store.ids import as_time
from assay.store.review_tables import REVIEW_ITEMS, REVIEW_LEASES


@dataclass(frozen=True)
class Waiting:
    """What was queued in one form, for one reason, together.

    Attributes:
        form: name of the form.
        source: why.
        batch: what was queued together; "" for none.
        states: items by state, of `assay.review.item.STATES`.
        oldest: UTC, of the first that is still to be decided; "" where none is.
        leases: that reviewers hold now.
    """

    form: str
    source: str
    batch: str
    states: dict[str, int] = field(default_factory=dict)
    oldest: str = ""
    leases: int = 0

    @property
    def items(self) -> int:
        """That are still to be decided."""
        return self.states.get(OPEN, 0) + self.states.get(DISPUTED, 0)


def waiting(connection: Connection, at: datetime, *, form: str = "", batch: str = "") -> list[Waiting]:
    """All that was ever queued, counted; known items, which wait for ever, among it.

    Args:
        connection: that may read.
        at: the present.
        form: that is meant; "" for all.
        batch: that is meant; "" for all.
    """
    table = REVIEW_ITEMS.c
    meant = [*([table.form == form] if form else []), *([table.batch == batch] if batch else [])]
    key = table.form, table.source, table.batch
    states: dict[tuple[str, str, str], dict[str, int]] = defaultdict(dict)
    oldest: dict[tuple[str, str, str], str] = {}
    asked = select(*key, table.state, func.count(), func.min(table.time)).where(*meant).group_by(*key, table.state)
    for *names, state, count, first in connection.execute(asked):
        of = (str(names[0]), str(names[1]), str(names[2]))
        states[of][state] = int(count)
        if state in (OPEN, DISPUTED):
            oldest[of] = min(oldest.get(of, first), first)
    live = select(*key, func.count()).join(REVIEW_LEASES, REVIEW_LEASES.c.item == table.id)
    live = live.where(REVIEW_LEASES.c.until > as_time(at), *meant).group_by(*key)
    leases = {(row[0], row[1], row[2]): int(row[3]) for row in connection.execute(live)}
    return [
        Waiting(
            *of,
            {state: states[of].get(state, 0) for state in STATES},
            oldest.get(of, ""),
            leases.get(of, 0),
        )
        for of in sorted(states)
    ]
