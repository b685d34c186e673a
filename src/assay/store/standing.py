"""Standing: what was said after a backup and holds on when it comes back, so that nothing ended comes to life again."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Connection, Table, select

from assay.store.label_tables import LABEL_SET_PICTURES, LABEL_SETS
from assay.store.review_tables import REVIEWERS
from assay.store.tables import API_KEYS, CONSENTS, SUBJECTS, TOMBSTONES
from assay.store.tombstones import tombstone_of

WORDS = ((API_KEYS, "revoked"), (CONSENTS, "withdrawn"), (SUBJECTS, "hold"))
"""Keys that were revoked, consents that were withdrawn, subjects that are held."""
SIGN_IN = ("password", "disabled", "link", "link_expires", "epoch")
"""Of reviewers: a password that was changed, a sign-out and a link that was used stay so, as they were said last."""
ADDED = (TOMBSTONES, LABEL_SETS, LABEL_SET_PICTURES)
"""Rows that are only ever added: pictures that no manifest may take, and which were learned from or tested on."""
AT_ONCE = 500

Rows = dict[str, tuple[tuple[Any, ...], ...]]


@dataclass(frozen=True)
class Standing:
    """What holds on.

    Attributes:
        words: (table, column, id, what is said) of each.
        reviewers: id -> `SIGN_IN` as it is.
        added: rows by table of `ADDED`.
    """

    words: tuple[tuple[Table, str, str, str], ...] = ()
    reviewers: dict[str, tuple[Any, ...]] = field(default_factory=dict)
    added: Rows = field(default_factory=dict)


def standing(connection: Connection) -> Standing:
    """What a database says now that holds on."""
    words = tuple(
        (table, name, row[0], row[1])
        for table, name in WORDS
        for row in connection.execute(select(table.c.id, table.c[name]).where(table.c[name] != ""))
    )
    columns = [REVIEWERS.c[name] for name in SIGN_IN]
    reviewers = {row[0]: tuple(row[1:]) for row in connection.execute(select(REVIEWERS.c.id, *columns))}
    added = {
        table.name: tuple(map(tuple, connection.execute(select(table).order_by(*table.primary_key)))) for table in ADDED
    }
    return Standing(words, reviewers, added)


def say_again(connection: Connection, later: Standing, gone: set[str]) -> int:
    """Say it in a database of before; nobody is held who was let go and erased.

    Args:
        connection: in a transaction that may write.
        later: what is said.
        gone: digests of the ids of those who were erased.

    Returns:
        Keys, consents, holds and reviewers that had said something else.
    """
    changed = 0
    for subject in connection.scalars(select(SUBJECTS.c.id).where(SUBJECTS.c.hold != "")).all():
        if tombstone_of(subject) in gone:
            connection.execute(SUBJECTS.update().where(SUBJECTS.c.id == subject).values(hold=""))
    for table, name, identifier, word in later.words:
        stale = (table.c.id == identifier) & (table.c[name] != word)
        changed += connection.execute(table.update().where(stale).values({name: word})).rowcount
    before = standing(connection)
    for reviewer, values in later.reviewers.items():
        if reviewer in before.reviewers and before.reviewers[reviewer] != values:
            change = REVIEWERS.update().where(REVIEWERS.c.id == reviewer)
            connection.execute(change.values(dict(zip(SIGN_IN, values, strict=True))))
            changed += 1
    for table in ADDED:
        names, before_rows = [column.name for column in table.columns], set(before.added[table.name])
        rows = [dict(zip(names, row, strict=True)) for row in later.added.get(table.name, ()) if row not in before_rows]
        for start in range(0, len(rows), AT_ONCE):
            connection.execute(table.insert(), rows[start : start + AT_ONCE])
    return changed
