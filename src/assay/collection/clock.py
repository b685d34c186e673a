"""Clock: the time and how one waits for it; a test brings its own."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from typing import Protocol


class WallClock(Protocol):
    """What tells the time."""

    def now(self) -> float:
        """Seconds since 1970."""
        ...

    def sleep(self, seconds: float) -> None:
        """Wait."""
        ...


class SystemClock:
    """The clock of this machine."""

    def now(self) -> float:
        """Seconds since 1970."""
        return time.time()

    def sleep(self, seconds: float) -> None:
        """Wait."""
        time.sleep(seconds)


def day_of(moment: float) -> str:
    """UTC date of seconds since 1970, 2026-01-31."""
    return datetime.fromtimestamp(moment, UTC).date().isoformat()


def time_of(moment: float) -> str:
    """UTC time of seconds since 1970, 2026-01-31T12:00:00Z."""
    return datetime.fromtimestamp(moment, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
