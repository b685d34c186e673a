"""Seals: whether the sealed lines that lie in a database hold, asked in the same way before and after a move."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from sqlalchemy import Connection, inspect, text

from assay.registry.aliases import HEAD
from assay.registry.audit import history_findings
from assay.registry.history import chain_findings
from assay.registry.ledger import HISTORY, entries_of, models_of
from assay.store.trail import trail_counts, trail_findings


@dataclass(frozen=True)
class Seal:
    """Sealed lines, and what does not hold in them.

    Attributes:
        what: they are, for people.
        lines: how many.
        head: number and hash of the last one.
        findings: what does not hold, as sentences, without what a person has accepted.
    """

    what: str
    lines: int
    head: str
    findings: tuple[str, ...]


def histories(connection: Connection) -> Iterator[Seal]:
    """Of each model's history, against the head that its registry keeps where that is in the same database."""
    tables = inspect(connection).get_table_names()
    if HISTORY.name not in tables:
        return
    heads: dict[str, str] = {}
    if "registered_model_tags" in tables:
        asked = text(
            "SELECT models.name, tags.value FROM registered_models AS models LEFT JOIN registered_model_tags AS tags "
            "ON tags.name = models.name AND tags.key = :key"
        )
        heads = {name: head or "" for name, head in connection.execute(asked, {"key": HEAD})}
    for model in models_of(connection):
        entries = entries_of(connection, model)
        # A model that was judged and never registered has no head.
        findings = history_findings(entries, heads[model]) if model in heads else chain_findings(entries)
        yield Seal(f"history of {model}", len(entries), entries[-1].head, tuple(findings))


def trail(connection: Connection) -> Iterator[Seal]:
    """Of the service's audit trail."""
    counts, head = trail_counts(connection)
    yield Seal("audit trail", sum(counts.values()), head, tuple(trail_findings(connection)))


def nothing_sealed(connection: Connection) -> Iterator[Seal]:
    """Of what has no sealed lines."""
    return iter(())
