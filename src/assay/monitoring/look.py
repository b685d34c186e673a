"""Look: one look of the watcher, which belongs to an interval, so that two watchers take no two of it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import Connection, func, select

from assay.store.ids import as_time, new_id
from assay.store.watch_tables import WATCH_LOOKS

RUNNING, DONE, FAILED = "running", "done", "failed"
LEASE = timedelta(minutes=15)
"""After which a look that has not ended is taken by somebody else: its process was killed."""
_ROWS = WATCH_LOOKS.c


@dataclass(frozen=True)
class Look:
    """A look.

    Attributes:
        id: from `ids.new_id`.
        slot: of the interval, from `slot_of`.
        time: when it was begun, UTC.
        until: from when on somebody else may take it, UTC.
        ended: UTC; "" before.
        state: `RUNNING`, `DONE` or `FAILED`.
        every: seconds between two looks.
        bundle: hex sha256 of what answers; "" where that is not known.
        since: beginning of the window, UTC; "" for none.
        pictures: answers in the window.
        alpha: that it has spent of the level of false alarms.
        report: what it saw, JSON values.
        error: why it failed; "" where it did not.
    """

    id: str
    slot: str
    time: str
    until: str
    ended: str = ""
    state: str = RUNNING
    every: int = 3600
    bundle: str = ""
    since: str = ""
    pictures: int = 0
    alpha: float = 0.0
    report: Mapping[str, Any] = field(default_factory=dict)
    error: str = ""


def slot_of(at: datetime, every: int) -> str:
    """Name of the interval that a moment lies in; intervals are counted from 1970, so that all watchers agree.

    Args:
        at: a moment with its time zone.
        every: seconds of an interval.
    """
    seconds = int(at.timestamp()) // every * every
    return f"{as_time(datetime.fromtimestamp(seconds, UTC))[:19]}Z/{every}"


def claim_look(connection: Connection, *, at: datetime, every: int) -> Look | None:
    """The look of the present interval, for whoever may take it; None where somebody takes it now, or has.

    Where it has failed, or its process was killed, it is taken anew.

    Args:
        connection: in a transaction that may write.
        at: the present.
        every: seconds between two looks.
    """
    moment, until, slot = as_time(at), as_time(at + LEASE), slot_of(at, every)
    before = connection.execute(select(WATCH_LOOKS).where(_ROWS.slot == slot).with_for_update()).first()
    if before is None:
        look = Look(new_id(), slot, moment, until, every=every)
        connection.execute(WATCH_LOOKS.insert().values(**_row(look)))
        return look
    known = _read(before)
    if known.state == DONE or (known.state == RUNNING and known.until > moment):
        return None
    look = replace(known, time=moment, until=until, state=RUNNING, error="", ended="")
    connection.execute(WATCH_LOOKS.update().where(_ROWS.id == look.id).values(**_row(look)))
    return look


def end_look(connection: Connection, look: Look) -> bool:
    """Write what became of a look, unless somebody else has taken it meanwhile; gives whether it was written."""
    mine = _ROWS.id == look.id, _ROWS.time == look.time, _ROWS.state == RUNNING
    return bool(connection.execute(WATCH_LOOKS.update().where(*mine).values(**_row(look))).rowcount)


def last_look(connection: Connection) -> Look | None:
    """The newest look that is done; None where there is none."""
    asked = select(WATCH_LOOKS).where(_ROWS.state == DONE).order_by(_ROWS.time.desc()).limit(1)
    row = connection.execute(asked).first()
    return None if row is None else _read(row)


def looks(connection: Connection, *, limit: int = 100) -> list[Look]:
    """Looks, the newest first."""
    asked = select(WATCH_LOOKS).order_by(_ROWS.time.desc(), _ROWS.id.desc()).limit(limit)
    return [_read(row) for row in connection.execute(asked)]


def spent_alpha(connection: Connection, *, bundle: str) -> tuple[int, float]:
    """Looks at a bundle that are done, and what they have spent together of the level of false alarms."""
    done = _ROWS.state == DONE, _ROWS.bundle == bundle
    row = connection.execute(select(func.count(), func.sum(_ROWS.alpha)).where(*done)).one()
    return int(row[0]), float(row[1] or 0.0)


def _row(look: Look) -> dict[str, Any]:
    return {**vars(look), "report": json.dumps(dict(look.report), ensure_ascii=False)}


def _read(row: Any) -> Look:
    return Look(**{**row._mapping, "report": json.loads(row.report)})
