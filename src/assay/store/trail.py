"""The audit trail: what the service did, one sealed line after the other; who and about which picture can be erased."""

from __future__ import annotations

import hashlib
import json
import secrets
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, bindparam, func, select

from assay.database.chain import FIRST, Break, appended, canonical, chain_breaks, head_break, head_of
from assay.store.ids import now
from assay.store.tables import PREDICTIONS, TRAIL, TRAIL_HEAD, TRAIL_PERSONAL

BLOCK = 10_000
HEAD = 1
# Each answer runs these; SQLAlchemy puts a statement together once, where it is the same object every time.
_ADD, _ADD_PERSONAL = TRAIL.insert(), TRAIL_PERSONAL.insert()
_HOLD_HEAD = select(TRAIL_HEAD.c.id).where(TRAIL_HEAD.c.id == HEAD).with_for_update()
_HEAD_OF_TRAIL = select(TRAIL_HEAD).where(TRAIL_HEAD.c.id == HEAD).with_for_update()
_MOVE_HEAD = (
    TRAIL_HEAD.update()
    .where(TRAIL_HEAD.c.id == HEAD)
    .values(number=bindparam("last_number"), hash=bindparam("last_hash"))
)


@dataclass(frozen=True)
class TrailEntry:
    """One line.

    Attributes:
        number: from 1, without gaps.
        previous_hash: `hash` of the line before.
        hash: hex sha256 over all other fields.
        time: UTC.
        kind: what happened: "prediction", "key created", …
        content: canonical JSON that identifies nobody.
        personal_digest: hex sha256 of a salt and what identifies somebody; "" where nothing does.
    """

    number: int
    previous_hash: str
    hash: str
    time: str
    kind: str
    content: str
    personal_digest: str


@dataclass(frozen=True)
class Personal:
    """What identifies somebody, and is erased with him.

    Attributes:
        subject: id; "" for the operator's own deeds.
        content: JSON values: the HMAC of the picture, the key, the actor.
    """

    subject: str
    content: Mapping[str, Any]


def append_lines(
    connection: Connection, lines: list[tuple[str, Mapping[str, Any], Personal | None]], *, at: str = ""
) -> list[TrailEntry]:
    """Add lines within the transaction of a connection, which holds the end of the trail until it is over.

    Args:
        connection: in a transaction that may write.
        lines: kind, content and what identifies somebody, of each.
        at: their time; "" takes the present.
    """
    last = _last(connection)
    moment = at or now()
    entries: list[TrailEntry] = []
    hidden: list[dict[str, Any]] = []
    for kind, content, personal in lines:
        salt, text = secrets.token_hex(32), "" if personal is None else canonical(personal.content)
        digest = "" if personal is None else personal_digest(salt, personal.subject, text)
        last = appended(TrailEntry(0, "", "", moment, kind, canonical(content), digest), last)
        entries.append(last)
        if personal is not None:
            hidden.append({"number": last.number, "subject": personal.subject, "salt": salt, "content": text})
    if last is None:
        return []
    connection.execute(_ADD, [dict(vars(entry)) for entry in entries])
    if hidden:
        connection.execute(_ADD_PERSONAL, hidden)
    connection.execute(_MOVE_HEAD, {"last_number": last.number, "last_hash": last.hash})
    return entries


def hold_trail(connection: Connection) -> None:
    """Hold the end of the trail until the transaction is over; a transaction that writes begins with it.

    Nearly all of them add a line. If one held another row first and the end after it, and that of another process the
    end and then this row, PostgreSQL would break one of them off; SQLite lets one write at a time anyway.
    """
    connection.execute(_HOLD_HEAD)


def personal_digest(salt: str, subject: str, content: str) -> str:
    """What the chain holds of something personal; without the salt nobody can try who fits."""
    return hashlib.sha256(canonical({"salt": salt, "subject": subject, "content": content}).encode()).hexdigest()


def _last(connection: Connection) -> TrailEntry | None:
    """The last line; the row of the head is held, so that two writers cannot add the same number."""
    head = connection.execute(_HEAD_OF_TRAIL).one()
    if head.number == 0:
        return None
    return TrailEntry(head.number, FIRST, head.hash, "", "", "", "")


def trail_findings(connection: Connection) -> list[str]:
    """What does not hold: lines that were changed, removed, put in, cut off, or whose personal part was changed.

    Lines are read in blocks, so that a trail of millions fits into memory. A personal part that is gone was erased.

    Args:
        connection: that may read.
    """
    findings: list[str] = []
    last: TrailEntry | None = None
    for block in _blocks(connection):
        findings += [each.message for each in chain_breaks(block, after=last)]
        findings += _personal_findings(connection, block)
        last = block[-1]
    head = connection.execute(select(TRAIL_HEAD).where(TRAIL_HEAD.c.id == HEAD)).first()
    findings += [] if (broken := _head_break(head, last)) is None else [broken.message]
    newest = connection.scalar(select(func.max(PREDICTIONS.c.trail))) or 0
    if newest > (last.number if last else 0):
        findings.append(f"a prediction names line {newest}, and the trail ends with line {last.number if last else 0}")
    return findings


def _head_break(head: Any, last: TrailEntry | None) -> Break | None:
    if head is None:
        return Break("unreadable", 0, "the head of the trail is gone")
    number, seal = (last.number, last.hash) if last else (0, FIRST)
    if (head.number, head.hash) == (number, seal):
        return None
    return Break("cut", number, f"the trail ends with line {number}, its head says line {head.number}")


def _blocks(connection: Connection) -> Iterator[list[TrailEntry]]:
    after = 0
    while True:
        asked = select(TRAIL).where(TRAIL.c.number > after).order_by(TRAIL.c.number).limit(BLOCK)
        block = [TrailEntry(**row._mapping) for row in connection.execute(asked)]
        if not block:
            return
        yield block
        after = block[-1].number


def _personal_findings(connection: Connection, block: list[TrailEntry]) -> list[str]:
    digests = {entry.number: entry.personal_digest for entry in block}
    asked = select(TRAIL_PERSONAL).where(TRAIL_PERSONAL.c.number.between(block[0].number, block[-1].number))
    return [
        f"line {row.number}: who it is about was changed after it was written"
        for row in connection.execute(asked)
        if personal_digest(row.salt, row.subject, row.content) != digests.get(row.number)
    ]


def read_personal(text: str) -> dict[str, Any]:
    """What `Personal.content` was."""
    content: dict[str, Any] = json.loads(text)
    return content


def trail_counts(connection: Connection) -> tuple[dict[str, int], str]:
    """Lines by kind, and number and hash of the last one."""
    asked = select(TRAIL.c.kind, func.count()).group_by(TRAIL.c.kind).order_by(TRAIL.c.kind)
    counts = {row[0]: int(row[1]) for row in connection.execute(asked)}
    last = connection.execute(select(TRAIL).order_by(TRAIL.c.number.desc()).limit(1)).first()
    return counts, f"0:{FIRST}" if last is None else head_of(TrailEntry(**last._mapping))


def head_finding(connection: Connection, head: str) -> str:
    """What does not hold between the trail and a head that was noted elsewhere; "" where nothing."""
    number = head.partition(":")[0]
    at = int(number) if number.isascii() and number.isdecimal() and len(number) < 16 else 0
    rows = connection.execute(select(TRAIL).where(TRAIL.c.number >= at).order_by(TRAIL.c.number).limit(1)).all()
    if at == 0 and head == f"0:{FIRST}":
        return ""
    broken = head_break([TrailEntry(**row._mapping) for row in rows], head)
    return "" if broken is None else broken.message
