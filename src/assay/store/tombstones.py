"""Tombstones: pictures that may be in no manifest any more, known by a digest of what they were known by."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable

from sqlalchemy import Connection, select

from assay.store.ids import now
from assay.store.tables import TOMBSTONES

AT_ONCE = 500
"""Values of one statement; SQLite takes some thousand, older ones 999."""


def tombstone_of(identifier: str) -> str:
    """Hex sha256 of an HMAC or an id, neither of which can be guessed: whoever has it can ask, nobody can go back."""
    return hashlib.sha256(identifier.encode()).hexdigest()


def bury(connection: Connection, pictures: Iterable[str]) -> int:
    """Let pictures be in no manifest any more.

    Args:
        connection: in a transaction that may write.
        pictures: their HMACs.

    Returns:
        How many were not buried before.
    """
    wanted = list(dict.fromkeys(pictures))
    new = sorted(set(wanted) - buried(connection, wanted))
    if new:
        moment = now()
        connection.execute(TOMBSTONES.insert(), [{"digest": tombstone_of(each), "time": moment} for each in new])
    return len(new)


def buried(connection: Connection, pictures: Iterable[str]) -> set[str]:
    """Those of some pictures, by their HMACs, that may be in no manifest."""
    digests = {tombstone_of(picture): picture for picture in pictures}
    asked, gone = list(digests), set()
    for start in range(0, len(asked), AT_ONCE):
        known = TOMBSTONES.c.digest.in_(asked[start : start + AT_ONCE])
        gone |= {digests[digest] for digest in connection.scalars(select(TOMBSTONES.c.digest).where(known))}
    return gone
