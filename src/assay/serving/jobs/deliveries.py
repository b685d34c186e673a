"""Deliveries: tells receivers of ended jobs or of alerts, again and again until they say that they heard it."""

from __future__ import annotations

import contextlib
import logging
import random
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, nullcontext
from datetime import UTC, datetime, timedelta

from assay.database.locks import LockHeldError
from assay.errors import ServiceError
from assay.serving.fetch.fetcher import Fetcher
from assay.serving.jobs.signing import signed_headers, webhook_secret
from assay.serving.outbox import Outbox
from assay.serving.refusal import Refusal
from assay.store.ids import as_time
from assay.store.service_secret import service_secret
from assay.store.service_store import ServiceStore
from assay.store.webhooks import Webhook

WAITS = (5, 300, 1800, 7200, 18_000, 36_000, 36_000)
"""Seconds after each attempt that failed, as the specification proposes: some 28 hours in all."""
AT_ONCE, LOOK, GONE = 8, 1.0, 410
"""Deliveries at a time; seconds between two looks; the status of a receiver that wants no more."""
TAKEN = timedelta(seconds=60)
"""For which nobody else sends what one process sends."""
SECRET = "webhooks"  # the name of a row
_log = logging.getLogger(__name__)


def _alone() -> AbstractContextManager[object]:
    return nullcontext()


def _present() -> datetime:
    return datetime.now(UTC)


class Deliveries:
    """A thread that looks for what is to be told, and a few that send.

    Of several processes each message is sent by one. It may come twice all the same: where a process is killed between
    the receiver's answer and the note of it. Its webhook-id is the same then.

    Args:
        store: of the service.
        outbox: of what is sent.
        fetcher: that sends, with the checks of pictures' addresses; None where the service connects to nobody.
        alone: gives what is held while messages are looked for, so that one of several processes does it.
        clock: gives the present.
    """

    def __init__(
        self,
        store: ServiceStore,
        outbox: Outbox,
        fetcher: Fetcher | None,
        *,
        alone: Callable[[], AbstractContextManager[object]] = _alone,
        clock: Callable[[], datetime] = _present,
    ) -> None:
        self._store, self._outbox, self.fetcher = store, outbox, fetcher
        self._alone, self._clock = alone, clock
        self._closed = threading.Event()
        self._sending: set[str] = set()
        self._pool = ThreadPoolExecutor(AT_ONCE, thread_name_prefix="webhook")
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Begin to work, where the service may connect to anybody."""
        if self._thread is None and self.fetcher is not None:
            self._thread = threading.Thread(target=self._work, name="webhooks", daemon=True)
            self._thread.start()

    def close(self) -> None:
        """Send nothing new; what is not told yet is told by the next start."""
        self._closed.set()
        if self._thread is not None:
            self._thread.join()
        self._pool.shutdown(wait=False, cancel_futures=True)

    def secret(self, message: str) -> str:
        """What a message is signed with.

        Raises:
            ServiceError: the store does not answer.
        """
        return webhook_secret(service_secret(self._store, SECRET), self._outbox.signed_for(message))

    def _work(self) -> None:
        while not self._closed.is_set():
            try:
                with self._alone():
                    while not self._closed.wait(LOOK):
                        with contextlib.suppress(ServiceError):  # the store is away; the next look comes
                            self.look()
            except LockHeldError:  # the process before is about to end
                self._closed.wait(LOOK)
            except Exception:
                _log.exception("webhooks stopped, and go on in a moment")
                self._closed.wait(5)

    def look(self) -> None:
        """Begin to send what is due.

        Raises:
            ServiceError: the store does not answer.
        """
        for webhook in self._due(2 * AT_ONCE):
            if webhook.id not in self._sending and len(self._sending) < AT_ONCE:
                self._sending.add(webhook.id)
                with contextlib.suppress(RuntimeError):  # it is being closed
                    self._pool.submit(self._deliver, webhook)

    def send_due(self) -> int:
        """Send what is due now, one message after the other, and return; gives how many were heard.

        Raises:
            ServiceError: the store does not answer.
        """
        return sum(self._deliver(webhook) for webhook in self._due(100))

    def _due(self, limit: int) -> list[Webhook]:
        with self._store.reading() as connection:
            return self._outbox.due(connection, at=as_time(self._clock()), limit=limit)

    def _deliver(self, webhook: Webhook) -> bool:
        """Whether somebody has heard it now."""
        table, until = self._outbox.table, as_time(self._clock() + TAKEN)
        try:
            if not self._store.write(lambda connection: table.take(connection, webhook, until=until)):
                return False
            error, more = self._attempt(webhook)
            if not error:
                at = as_time(self._clock())
                self._store.write(lambda connection: table.note_delivery(connection, webhook.id, at=at))
                return True
            again = self._next_attempt(webhook.attempts) if more else ""
            self._store.write(lambda connection: table.note_missed(connection, webhook.id, error, again=again))
        except ServiceError as failure:
            _log.warning("%s: how the webhook went cannot be noted, so it is sent again: %s", webhook.id, failure)
        finally:
            self._sending.discard(webhook.id)
        return False

    def _attempt(self, webhook: Webhook) -> tuple[str, bool]:
        """Why it did not succeed, "" where it did; and whether it is tried again."""
        with self._store.reading() as connection:
            body = self._outbox.body(connection, webhook.id)
        if body is None or self.fetcher is None:
            return "the job is gone", False
        headers = signed_headers(self.secret(webhook.id), webhook.id, int(self._clock().timestamp()), body)
        try:
            status = self.fetcher.post(webhook.url, body, {"Content-Type": "application/json", **headers})
        except Refusal as refusal:
            return refusal.detail, True
        except ServiceError:
            raise
        except Exception:
            _log.exception("%s: the webhook could not be sent", webhook.id)
            return "the service has a fault with this address", True
        return ("", False) if 200 <= status < 300 else (f"the receiver answered with status {status}", status != GONE)

    def _next_attempt(self, before: int) -> str:
        """The moment of the attempt after one that failed; "" behind the last one. `before` failed before it."""
        if before >= len(WAITS):
            return ""
        seconds = WAITS[before] * random.uniform(1.0, 1.1)  # so that not all come at one moment
        return as_time(self._clock() + timedelta(seconds=seconds))
