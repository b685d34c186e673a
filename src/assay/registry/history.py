"""History: what was decided about a model, as a chain of entries each of which seals the one before.

`assay.database.chain` says how, and what it cannot find. The registry keeps number and hash of the last entry, its
*head*, in a tag of the registered model. An author is who the writer says he is. Against one who may write database
and registry helps only a head that was noted elsewhere, e.g. the one that `assay history` prints.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from assay.database import chain
from assay.deploy.mlflow.sealed_entry import SealedEntry
from assay.errors import GateError


@dataclass(frozen=True)
class HistoryEntry(SealedEntry):
    """One line of the history of a model, as the registry appends it."""

    @property
    def head(self) -> str:
        """Number and hash, as the registered model's tag has them."""
        return chain.head_of(self)


def canonical(content: Mapping[str, Any]) -> str:
    """JSON text that is the same for the same content: sorted keys, no spaces, no NaN.

    Raises:
        GateError: the content is no JSON.
    """
    try:
        return chain.canonical(content)
    except ValueError as error:
        raise GateError(f"this cannot be written into the history: {error}") from error


def entry_after(
    last: HistoryEntry | None, model: str, kind: str, author: str, content: Mapping[str, Any], *, time: str = ""
) -> HistoryEntry:
    """The entry that follows `last`, sealed.

    Args:
        last: the entry before, None for the first.
        model: name of the registered model.
        kind: one of `KINDS`.
        author: who asked for it.
        content: what it says.
        time: ISO 8601, UTC; "" takes the present.
    """
    now = time or datetime.now(UTC).isoformat(timespec="milliseconds")
    return chain.appended(HistoryEntry(model, 0, "", "", now, kind, author, canonical(content)), last)


def chain_findings(entries: Sequence[HistoryEntry]) -> list[str]:
    """What does not hold in a chain: a sentence for each line that was changed, removed, inserted or put elsewhere.

    A repair accepts these sentences and is kept with them, so they say for ever what they say today.

    Args:
        entries: of one model, by number.
    """
    return [each.message for each in chain.chain_breaks(entries)]


def head_findings(entries: Sequence[HistoryEntry], head: str) -> list[str]:
    """What does not hold between a chain and the head that the registry keeps.

    Args:
        entries: of one model, by number.
        head: `number:hash`, "" where the registry keeps none.
    """
    if not head:
        # A kill between the very first entry and its head leaves this; settling writes the head.
        if len(entries) <= 1:
            return []
        return [f"the registered model has lost its tag with the head of the history (entry {entries[-1].number})"]
    broken = chain.head_break(entries, head)
    if broken is None:
        return []
    last = entries[-1].number if entries else 0
    if broken.kind == "unreadable":
        return [f"the registered model's tag with the head of the history was changed (it says {head[:20]!r})"]
    if broken.kind == "cut":
        seen = f"the registry has seen entry {broken.number}: the end was removed"
        cut = f"the history ends with entry {last}, but {seen}"
        return [cut if last else f"{cut}, or this is not the database that holds it (registry.history)"]
    present = {entry.number: entry.hash for entry in entries}.get(broken.number, "none")
    seal = head.partition(":")[2]
    return [f"entry {broken.number} is not the one that the registry has seen ({present[:12]} instead of {seal[:12]})"]


def ensure_given(**words: str) -> None:
    """Return when each of these words says something.

    Raises:
        GateError: one is empty.
    """
    for name, value in words.items():
        if not value.strip():
            raise GateError(f"{name}: a value is needed; it is written into the history for good")
