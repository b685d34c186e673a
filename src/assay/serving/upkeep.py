"""Upkeep: what a running service does about people by itself: it learns of erasures, and deletes what is too old."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta

from sqlalchemy import func, select

from assay.errors import ServiceError
from assay.store.erase import Folders, finish_erasures
from assay.store.ids import as_time
from assay.store.retention import apply_retention, last_applied
from assay.store.service_store import ServiceStore
from assay.store.tables import ERASURES

LOOK, DAY = 0.5, timedelta(days=1)
"""Seconds between two looks whether somebody was erased; how long it is between two times that retention is applied."""
FIRST, AGAIN = 60.0, 3600.0
"""Seconds from the start to the first look whether retention is due, and between two of those."""
_log = logging.getLogger(__name__)


class Upkeep:
    """A thread that looks every half second whether somebody was erased, and once a day deletes what is too old.

    Args:
        store: of the service.
        forget: is called when somebody was erased: whatever is in memory goes.
        also: what else is looked at each time.
    """

    def __init__(self, store: ServiceStore, forget: Callable[[], None], *also: Callable[[], None]) -> None:
        self._store, self._forget, self._also = store, forget, also
        self._ended = threading.Event()
        self._folders: Folders | None = None
        self._limits: Mapping[str, int | None] = {}
        self._due = float("inf")
        self._interrupted = False  # whether there may be erasures that were
        self._last = ""
        self._thread = threading.Thread(target=self._work, name="upkeep", daemon=True)
        self._thread.start()

    def schedule(self, folders: Folders, limits: Mapping[str, int | None]) -> None:
        """Finish erasures that were interrupted, and apply retention from now on, once a day, however often the service
        is started.

        Args:
            folders: of the service's files.
            limits: days that each kind is kept.
        """
        self._folders, self._limits, self._due = folders, limits, time.monotonic() + FIRST
        self._interrupted = True

    @property
    def folders(self) -> Folders | None:
        """Of the service's files; None before `schedule`."""
        return self._folders

    def close(self) -> None:
        """Look no more; what is being deleted is finished."""
        self._ended.set()
        self._thread.join()

    def look(self) -> None:
        """Look once, and forget what is in memory where somebody was erased since."""
        with self._store.reading() as connection:
            newest = connection.scalar(select(func.max(ERASURES.c.id))) or ""
        if newest != self._last:
            self._last = newest
            self._forget()
        for look in self._also:
            look()

    def apply_due(self) -> bool:
        """Apply retention where it was not within a day, by whatever process."""
        if self._folders is None:
            return False
        with self._store.reading() as connection:
            last = last_applied(connection)
        if last > as_time(datetime.now(UTC) - DAY):
            return False
        apply_retention(self._store, self._folders, self._limits)
        self._forget()
        return True

    def _work(self) -> None:
        while not self._ended.wait(LOOK):
            try:
                self.look()
                if self._folders is not None and self._interrupted:
                    self._interrupted = False
                    finish_erasures(self._store, self._folders)
                if time.monotonic() >= self._due:
                    self._due = time.monotonic() + AGAIN
                    self.apply_due()
            except (ServiceError, OSError) as error:
                _log.warning("upkeep of the service's store failed, and is tried again: %s", error)
