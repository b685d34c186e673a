"""WatchState: what the watcher has seen last, as health, metrics and pages show it."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import Connection

from assay.errors import ServiceError
from assay.monitoring.alert import Alert
from assay.monitoring.alerts import standing_alerts
from assay.monitoring.dead_man import LATE, Pulse, pulse, shown
from assay.monitoring.look import Look, last_look
from assay.store.service_store import ServiceStore

FRESH = 10.0
"""Seconds for which a state is not read anew: who asks for metrics often costs nothing."""


@dataclass(frozen=True)
class WatchState:
    """What the watcher has seen.

    Attributes:
        look: the last one that is done; None before the first.
        alerts: that are not resolved, the newest first.
        pulse: when something happened last.
    """

    look: Look | None
    alerts: tuple[Alert, ...]
    pulse: Pulse


def watch_state(connection: Connection, *, at: datetime | None = None) -> WatchState:
    """What it has seen by now.

    Args:
        connection: that may read.
        at: the present; None takes it from the clock.
    """
    moment = at or datetime.now(UTC)
    return WatchState(last_look(connection), tuple(standing_alerts(connection)), pulse(connection, at=moment))


class StateReader:
    """Reads the state for all who ask, once in a while.

    Args:
        store: of the service.
    """

    def __init__(self, store: ServiceStore) -> None:
        self._store, self._lock = store, threading.Lock()
        self._read: tuple[float, WatchState] | None = None
        self._begun = time.monotonic()

    def late(self, state: WatchState, *, every: float) -> str:
        """Why the watcher seems not to run; "" where it does, or none is to run.

        Args:
            state: that was read.
            every: seconds between two looks of this service's watcher; 0 where it has none.
        """
        if state.pulse.is_late:
            return f"the watcher looked last on {shown(state.pulse.look)}, and should every {state.pulse.every} seconds"
        running = time.monotonic() - self._begun
        if state.look is None and every and running > LATE * every:
            return f"the watcher has not looked in the {running:.0f} seconds since the service was started"
        return ""

    def state(self) -> WatchState | None:
        """What the watcher has seen, at most some seconds ago; None while the store cannot be read."""
        with self._lock:
            if self._read is not None and time.monotonic() - self._read[0] < FRESH:
                return self._read[1]
            try:
                with self._store.reading() as connection:
                    state = watch_state(connection)
            except ServiceError:
                self._read = None
                return None
            self._read = (time.monotonic(), state)
            return state
