"""Visitors: subjects that a page has made for browsers without a key, and when the store knows them no longer."""

from __future__ import annotations

import re
import secrets
from collections.abc import Sequence

from sqlalchemy import ColumnElement, Connection, and_, select

from assay.store.holdings import HOLDINGS
from assay.store.tables import API_KEYS, SUBJECT_SECRETS, SUBJECTS, TRAIL_PERSONAL

DIGITS = 12
"""Hexadecimal ones of a visitor's name."""
OF_ITSELF = (API_KEYS, TRAIL_PERSONAL, SUBJECT_SECRETS, SUBJECTS)
"""Tables whose rows about a visitor keep him from nothing: they are there because he is."""
_NAME = re.compile(rf"visitor [0-9a-f]{{{DIGITS}}}")


def visitor_name() -> str:
    """A name for a browser that asks for the first time."""
    return f"visitor {secrets.token_hex(DIGITS // 2)}"


def is_visitor(name: str) -> bool:
    """Whether a subject of this name was made for a browser."""
    return _NAME.fullmatch(name) is not None


def idle_visitors(before: str) -> ColumnElement[bool]:
    """Visitors of whom nothing else is kept any more, and whose key nobody has used since a time.

    Args:
        before: UTC, as the store writes it.
    """
    kept = [each.table for each in HOLDINGS if each.table not in OF_ITSELF and "subject" in each.table.c]
    used = select(API_KEYS.c.subject).where(API_KEYS.c.last_used >= before[:16])
    return and_(
        SUBJECTS.c.name.like("visitor " + "_" * DIGITS),
        SUBJECTS.c.hold == "",
        SUBJECTS.c.created < before,
        SUBJECTS.c.id.not_in(used),
        *(SUBJECTS.c.id.not_in(select(table.c.subject)) for table in kept),
    )


def forget_visitors(connection: Connection, ids: Sequence[str]) -> int:
    """Delete all that is left of them, who asked for what in the audit trail too: no cookie leads to it any more.

    Returns:
        How many there were.
    """
    for holding in HOLDINGS:
        for subject in ids:
            connection.execute(holding.table.delete().where(holding.owned(subject)))
    return len(ids)
