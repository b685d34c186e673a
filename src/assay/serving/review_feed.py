"""ReviewFeed: a thread beside the service that looks through its log for what a person should see."""

from __future__ import annotations

import logging
import math
import threading
import time
from collections.abc import Callable

from assay.errors import ServiceError
from assay.review.policy import QueuePolicy
from assay.review.sweep import close_without_picture, sweep
from assay.serving.settings import ServeRequest
from assay.store.kept_pictures import KeptPictures
from assay.store.service_store import ServiceStore

EVERY = 5.0
"""Seconds between two sweeps."""
CLOSING = 60.0
"""Seconds between two looks for pictures that are kept no longer, which ask for the file of each item that waits."""
_log = logging.getLogger(__name__)


def queue_policy(settings: ServeRequest, guideline: str = "") -> QueuePolicy:
    """What is queued, as it was asked for.

    Args:
        settings: of the service.
        guideline: digest of the one in force; "" for none.
    """
    below, drawn, known = settings.review_below, settings.review_random, settings.review_known
    return QueuePolicy(below, drawn, known, guideline=guideline)


class ReviewFeed:
    """Sweeps until it is closed. No answer waits for it: it reads what is durable already.

    Args:
        store: of the service.
        policy: of the queue.
        pictures: that were kept.
        also: what else is done for the desk each time.
    """

    def __init__(
        self,
        store: ServiceStore,
        policy: QueuePolicy,
        pictures: KeptPictures,
        also: Callable[[], object] = lambda: None,
    ) -> None:
        self._store, self._policy, self._pictures, self._also = store, policy, pictures, also
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._work, name="review feed", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Finish what is being queued, and look no more."""
        self._ended.set()
        self._thread.join()

    def _work(self) -> None:
        closed = -math.inf
        while not self._ended.wait(EVERY):
            try:
                sweep(self._store, self._policy)
                self._also()
                if time.monotonic() - closed >= CLOSING:
                    close_without_picture(self._store, self._pictures)
                    closed = time.monotonic()
            except (ServiceError, OSError) as error:
                _log.warning("what is to be reviewed cannot be queued, and is tried again: %s", error)
