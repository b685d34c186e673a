"""Heartbeat: renews the lease of a run while its steps work, and learns when another process has taken it."""

from __future__ import annotations

import logging
import threading
from datetime import timedelta
from types import TracebackType
from typing import Self

from assay.errors import ServiceError
from assay.retraining.clock import JobClock
from assay.retraining.job import JobRun
from assay.retraining.lease import LeaseLost, hold, renew
from assay.store.service_store import ServiceStore

logger = logging.getLogger(__name__)
BEATS = 3
"""Times that a lease is renewed in its length, so that one beat may fail."""


class Heartbeat:
    """Renews a lease from a thread of its own, as long as it is entered.

    Args:
        store: of the run.
        run: that this process has taken up.
        clock: that the lease goes by.
        length: of the lease.
    """

    def __init__(self, store: ServiceStore, run: JobRun, clock: JobClock, length: timedelta) -> None:
        self._store, self._run, self._clock, self._length = store, run, clock, length
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._work, name="lease", daemon=True)
        self._lost = threading.Event()

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._ended.set()
        self._thread.join()

    def beat(self) -> None:
        """Renew the lease once.

        Raises:
            LeaseLost: another process has the run.
            ServiceError: the store does not answer.
        """
        self._store.write(lambda connection: renew(connection, self._run, self._clock.now(), self._length))

    def hold(self) -> None:
        """Return while this process has the run.

        Raises:
            LeaseLost: another process has it.
        """
        if self._lost.is_set():
            raise LeaseLost(f"retraining {self._run.id}: another process has taken it up; this one leaves it alone")
        self._store.write(lambda connection: hold(connection, self._run))

    def _work(self) -> None:
        while not self._clock.wait(self._ended, self._length.total_seconds() / BEATS):
            try:
                self.beat()
            except LeaseLost:
                self._lost.set()
                return
            except ServiceError as error:  # the next beat may get through; if none does, the lease lapses
                logger.warning("the lease of retraining %s could not be renewed: %s", self._run.id, error)
