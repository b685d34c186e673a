"""History: what was decided about a model, as a chain of entries each of which seals the one before.

An entry's hash covers the hash of the entry before and all that it says itself, so a line that was removed, changed,
inserted or put elsewhere does not fit its neighbours. The registry keeps number and hash of the last entry, its *head*,
in a tag of the registered model, so that a last line which was removed is missed too.

What this cannot find: somebody who may write the database and adds an entry whose hash fits, since there is no
signature, and an author is who the writer says he is; nor somebody who may write the registry besides, and writes all
later entries anew with hashes that fit, and the head with them. Against the latter helps only a head that was noted
elsewhere, e.g. the one that `assay history` prints.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Any

from assay.errors import GateError

VERDICT, PROMOTION, OVERRIDE, ROLLBACK, REPAIR = KINDS = ("verdict", "promotion", "override", "rollback", "repair")
"""An override is a promotion that a person let through; a repair accepts openly what was found not to hold."""
MOVES = (PROMOTION, OVERRIDE, ROLLBACK, REPAIR)
"""Kinds that say who is champion from then on; their content has `champion` and `previous`."""
FIRST = "0" * 64
"""What stands for the hash before the first entry."""


@dataclass(frozen=True)
class Entry:
    """One line of the history of a model.

    Attributes:
        model: name of the registered model.
        number: from 1, without gaps.
        previous_hash: `hash` of the entry before.
        hash: hex sha256 over all other fields.
        time: ISO 8601, UTC.
        kind: one of `KINDS`.
        author: who asked for it.
        content: JSON object as canonical text; see `canonical`.
    """

    model: str
    number: int
    previous_hash: str
    hash: str
    time: str
    kind: str
    author: str
    content: str

    @property
    def said(self) -> dict[str, Any]:
        """The content as values; empty where it can no longer be read."""
        try:
            found = json.loads(self.content)
        except ValueError:
            return {}
        return found if isinstance(found, dict) else {}

    @property
    def moves(self) -> bool:
        """Whether it says who is champion."""
        return self.kind in MOVES

    @property
    def champion(self) -> str:
        """Version that reigns from here on, as a moving entry says; "" for none."""
        reigning = self.said.get("champion")
        return str(reigning.get("version", "")) if isinstance(reigning, dict) else ""

    @property
    def head(self) -> str:
        """Number and hash, as the registered model's tag has them."""
        return f"{self.number}:{self.hash}"


def canonical(content: Mapping[str, Any]) -> str:
    """JSON text that is the same for the same content: sorted keys, no spaces, no NaN.

    Raises:
        GateError: the content is no JSON.
    """
    try:
        return json.dumps(content, sort_keys=True, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    except (TypeError, ValueError) as error:
        raise GateError(f"this cannot be written into the history: {error}") from error


def entry_after(
    last: Entry | None, model: str, kind: str, author: str, content: Mapping[str, Any], *, time: str = ""
) -> Entry:
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
    number, before = (1, FIRST) if last is None else (last.number + 1, last.hash)
    entry = Entry(model, number, before, "", now, kind, author, canonical(content))
    return Entry(**{**asdict(entry), "hash": hash_of(entry)})


def hash_of(entry: Entry) -> str:
    """Hex sha256 that an entry has to have."""
    values = asdict(entry)
    del values["hash"]
    return hashlib.sha256(canonical(values).encode()).hexdigest()


def chain_findings(entries: Sequence[Entry]) -> list[str]:
    """What does not hold in a chain: a sentence for each line that was changed, removed, inserted or put elsewhere.

    Args:
        entries: of one model, by number.
    """
    found, before, expected = [], FIRST, 1
    for entry in entries:
        if entry.number != expected:
            gone = (
                f"entry {expected} is"
                if entry.number == expected + 1
                else f"entries {expected} to {entry.number - 1} are"
            )
            found.append(f"{gone} missing before entry {entry.number}")
        elif entry.previous_hash != before:
            found.append(
                f"entry {entry.number} does not follow entry {entry.number - 1}: one of them was put in or moved "
                f"later ({entry.previous_hash[:12]} instead of {before[:12]})"
            )
        if (actual := hash_of(entry)) != entry.hash:
            found.append(f"entry {entry.number} was changed after it was written (its sha256 is {actual[:12]} now)")
        before, expected = entry.hash, entry.number + 1
    return found


def head_findings(entries: Sequence[Entry], head: str) -> list[str]:
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
    number, _, seal = head.partition(":")
    last = entries[-1].number if entries else 0
    if not number.isdecimal():
        return [f"the registered model's tag with the head of the history was changed (it says {head[:20]!r})"]
    if int(number) > last:
        found = f"the history ends with entry {last}, but the registry has seen entry {number}: the end was removed"
        return [found if last else f"{found}, or this is not the database that holds it (registry.history)"]
    there = {entry.number: entry.hash for entry in entries}
    if there.get(int(number)) != seal:
        return [
            f"entry {number} is not the one that the registry has seen ({there.get(int(number), 'none')[:12]} instead "
            f"of {seal[:12]})"
        ]
    return []
