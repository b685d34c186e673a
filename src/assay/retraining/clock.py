"""JobClock: the time that schedules and leases go by; a test brings its own, nothing below reads the machine's."""

from __future__ import annotations

import threading
import time
from datetime import UTC, datetime
from typing import Protocol


class JobClock(Protocol):
    """What tells the time."""

    def now(self) -> datetime:
        """The present, with the zone UTC. It may be set: forwards, or back."""
        ...

    def elapsed(self) -> float:
        """Seconds since some moment; never goes back, so that a difference is a duration."""
        ...

    def sleep(self, seconds: float) -> None:
        """Wait."""
        ...

    def wait(self, ended: threading.Event, seconds: float) -> bool:
        """Wait until an event, or for some seconds; gives whether the event has come."""
        ...


class MachineClock:
    """The clock of this machine."""

    def now(self) -> datetime:
        """The present, UTC."""
        return datetime.now(UTC)

    def elapsed(self) -> float:
        """Seconds of the machine's clock that nobody sets."""
        return time.monotonic()

    def sleep(self, seconds: float) -> None:
        """Wait."""
        time.sleep(seconds)

    def wait(self, ended: threading.Event, seconds: float) -> bool:
        """Wait until an event, or for some seconds."""
        return ended.wait(seconds)
