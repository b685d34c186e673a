"""A chain of records, each of which seals the one before: appended with its digest, and verified.

A record's hash covers the hash of the record before and all that it says itself, so a record that was removed, changed,
inserted or put elsewhere does not fit its neighbours. That the end was removed shows only a *head*, number and hash of
the last record, that is kept elsewhere. There is no signature: who may write the chain can add a record whose hash
fits, and who may write the head besides can write all later records anew.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import Field, asdict, dataclass, replace
from typing import Any, ClassVar, Literal, Protocol, TypeVar

FIRST = "0" * 64
"""What stands for the hash before the first record."""
HASH = "hash"


class Link(Protocol):
    """A record of a chain: a frozen dataclass of JSON values that has these fields besides its own."""

    __dataclass_fields__: ClassVar[dict[str, Field[Any]]]

    @property
    def number(self) -> int:
        """From 1, without gaps."""

    @property
    def previous_hash(self) -> str:
        """`hash` of the record before, `FIRST` for the first."""

    @property
    def hash(self) -> str:
        """Hex sha256 over all other fields, see `hash_of`."""


LinkT = TypeVar("LinkT", bound=Link)


@dataclass(frozen=True)
class Break:
    """Where a chain does not hold.

    Attributes:
        kind: `missing` records before this one; `misplaced`, because it does not follow the one before; `changed`
            after it was written; of a head, `unreadable`, `cut` off before it, or `replaced` by another record.
        number: of the record at which it shows.
        message: a sentence that names it.
    """

    kind: Literal["missing", "misplaced", "changed", "unreadable", "cut", "replaced"]
    number: int
    message: str


def canonical(content: Mapping[str, Any]) -> str:
    """JSON text that is the same for the same content: sorted keys, no spaces, no NaN.

    Raises:
        ValueError: the content is no JSON.
    """
    try:
        return json.dumps(content, sort_keys=True, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    except TypeError as error:
        raise ValueError(str(error)) from error


def hash_of(record: Link) -> str:
    """Hex sha256 that a record has to have: of the canonical text of all its other fields.

    Raises:
        ValueError: a field is no JSON.
    """
    values = asdict(record)
    del values[HASH]
    return hashlib.sha256(canonical(values).encode()).hexdigest()


def appended(record: LinkT, last: LinkT | None) -> LinkT:
    """The record with number, previous hash and hash as they have to be after `last`.

    Args:
        record: whose three fields may hold anything.
        last: record of the chain, None where there is none yet.

    Raises:
        ValueError: a field is no JSON.
    """
    number, previous = (1, FIRST) if last is None else (last.number + 1, last.hash)
    placed = replace(record, number=number, previous_hash=previous)
    return replace(placed, hash=hash_of(placed))


def chain_breaks(records: Sequence[Link], *, after: Link | None = None) -> list[Break]:
    """Where a chain does not hold: each record that was changed, inserted or put elsewhere, and each gap.

    Args:
        records: by number.
        after: the record before them, where they are not the beginning.
    """
    breaks: list[Break] = []
    previous, expected = (FIRST, 1) if after is None else (after.hash, after.number + 1)
    for record in records:
        number = record.number
        if number != expected:
            gone = f"entry {expected} is" if number == expected + 1 else f"entries {expected} to {number - 1} are"
            breaks.append(Break("missing", number, f"{gone} missing before entry {number}"))
        elif record.previous_hash != previous:
            message = (
                f"entry {number} does not follow entry {number - 1}: one of them was put in or moved later "
                f"({record.previous_hash[:12]} instead of {previous[:12]})"
            )
            breaks.append(Break("misplaced", number, message))
        if (actual := hash_of(record)) != record.hash:
            message = f"entry {number} was changed after it was written (its sha256 is {actual[:12]} now)"
            breaks.append(Break("changed", number, message))
        previous, expected = record.hash, number + 1
    return breaks


def head_of(record: Link) -> str:
    """Number and hash of a record, as a head is kept and printed: `number:hash`."""
    return f"{record.number}:{record.hash}"


def head_break(records: Sequence[Link], head: str) -> Break | None:
    """What does not hold between a chain and a head of it that was kept elsewhere; a head may be behind.

    Args:
        records: by number.
        head: as `head_of` gave it.
    """
    start, _, seal = head.partition(":")
    if not start.isdecimal():
        return Break("unreadable", 0, f"the head of the chain cannot be read (it says {head[:20]!r})")
    number, last = int(start), records[-1].number if records else 0
    if number > last:
        return Break("cut", number, f"the chain ends with entry {last}, but its head is entry {number}")
    actual = {record.number: record.hash for record in records}.get(number, "none")
    if actual != seal:
        message = f"entry {number} is not the one of the head ({actual[:12]} instead of {seal[:12]})"
        return Break("replaced", number, message)
    return None
