"""Watcher: a thread beside the service that looks when a look is due, and is in nobody's way."""

from __future__ import annotations

import contextlib
import logging
import os
import threading
from collections.abc import Callable
from datetime import UTC, datetime

from assay.errors import AssayError
from assay.monitoring.take_look import LookPlan, TakenLook, take_look
from assay.store.service_store import ServiceStore

FIRST, AGAIN = 60.0, 300.0
"""Seconds from the start to the first attempt, and from one that failed to the next."""
AFTER = 5.0
"""Seconds after the beginning of an interval at which its look is taken."""
NICE = 10
"""By which the thread gives way to those that answer."""
_log = logging.getLogger(__name__)


def _present() -> datetime:
    return datetime.now(UTC)


class Watcher:
    """Looks once in each interval, however many services share the store: the first one that comes does it.

    Args:
        store: of the service.
        plan: of the looks.
        clock: gives the present.
        told: is called with each look that was taken.
    """

    def __init__(
        self,
        store: ServiceStore,
        plan: LookPlan,
        *,
        clock: Callable[[], datetime] = _present,
        told: Callable[[TakenLook], None] = lambda taken: None,
    ) -> None:
        self._store, self._plan, self._clock, self._told = store, plan, clock, told
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._work, name="watcher", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Look no more. A look that is being taken is left behind; whoever looks next takes it anew."""
        self._ended.set()
        self._thread.join(timeout=1.0)

    def wait_of(self, at: datetime) -> float:
        """Seconds from a moment to shortly after the next interval has begun."""
        every = self._plan.every
        return every - at.timestamp() % every + AFTER

    def _work(self) -> None:
        _give_way()
        wait = FIRST
        while not self._ended.wait(wait):
            try:
                taken = take_look(self._store, self._plan, at=self._clock())
                _log_changes(taken)
                self._told(taken)
                wait = self.wait_of(self._clock())
            except AssayError as error:
                _log.warning("the watcher could not look, and tries again: %s", error)
                wait = AGAIN
            except Exception:
                _log.exception("the watcher has a fault, and tries again")
                wait = AGAIN


def _give_way() -> None:
    """Let the threads that answer go first, where the system can tell threads apart."""
    with contextlib.suppress(OSError, AttributeError):
        os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), NICE)


def _log_changes(taken: TakenLook) -> None:
    changes = taken.changes
    for alert in (*changes.opened, *changes.called_again):
        _log.warning("alert %s: %s (assay watch alerts)", alert.id, alert.sentence)
    for alert in changes.ended:
        _log.warning("alert %s: is over: %s", alert.id, alert.reason)
