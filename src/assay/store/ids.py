"""Ids and times of rows: sortable, UTC, and without anything about anybody."""

from __future__ import annotations

import secrets
import threading
import time
import uuid
from datetime import UTC, datetime

_last = [0]
_lock = threading.Lock()


def new_id() -> str:
    """A UUID of version 7: milliseconds since 1970, then 74 random bits, 36 characters.

    Of one process, later ones sort behind earlier ones, also within a millisecond.

    Source: RFC 9562, sections 5.7 and 6.2, method 2.
    """
    milliseconds = time.time_ns() // 1_000_000
    bits = secrets.randbits(74)
    value = milliseconds << 80 | 0x7 << 76 | (bits >> 62) << 64 | 0b10 << 62 | bits & (1 << 62) - 1
    with _lock:
        _last[0] = value = max(value, _last[0] + 1)
    return str(uuid.UUID(int=value))


def now() -> str:
    """The present, UTC to the millisecond: 2026-01-01T00:00:00.000Z."""
    return as_time(datetime.now(UTC))


def as_time(moment: datetime) -> str:
    """A moment as the store writes it."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
