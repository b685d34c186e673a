"""Deliveries: tells receivers that their jobs have ended, again and again until they say that they heard it."""

from __future__ import annotations

import contextlib
import json
import logging
import random
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

from sqlalchemy import select

from assay.database.locks import LockHeldError, file_lock
from assay.errors import ServiceError
from assay.serving.fetch.fetcher import Fetcher
from assay.serving.jobs.folder import JobFolder
from assay.serving.jobs.signing import signed_headers, webhook_secret
from assay.serving.refusal import Refusal
from assay.store.ids import as_time
from assay.store.service_secret import service_secret
from assay.store.service_store import ServiceStore
from assay.store.tables import JOBS
from assay.store.webhooks import Webhook, due_webhooks, note_delivery, note_missed

WAITS = (5, 300, 1800, 7200, 18_000, 36_000, 36_000)
"""Seconds after each attempt that failed, as the specification proposes: some 28 hours in all."""
AT_ONCE, LOOK, GONE = 8, 1.0, 410
"""Deliveries at a time; seconds between two looks; the status of a receiver that wants no more."""
SECRET = "webhooks"  # the name of a row
_log = logging.getLogger(__name__)


class Deliveries:
    """A thread that looks for ended jobs, and a few that send. Of several processes with one folder, one does it.

    A message may come twice: where the service is killed between the receiver's answer and the note of it. Its
    webhook-id is the same then.

    Args:
        store: of the service.
        folder: of its jobs.
        fetcher: that sends, with the checks of pictures' addresses; None where the service connects to nobody.
    """

    def __init__(self, store: ServiceStore, folder: JobFolder, fetcher: Fetcher | None) -> None:
        self._store, self._folder, self.fetcher = store, folder, fetcher
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

    def secret(self, job: str) -> str:
        """What the webhook of a job is signed with.

        Raises:
            ServiceError: the store does not answer.
        """
        return webhook_secret(service_secret(self._store, SECRET), job)

    def _work(self) -> None:
        while not self._closed.is_set():
            try:
                self._folder.place()
                with file_lock(self._folder.path / ".webhooks.lock", patience=0):
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
        with self._store.reading() as connection:
            due = due_webhooks(connection, self._folder.place(), limit=2 * AT_ONCE)
        for webhook in due:
            if webhook.job not in self._sending and len(self._sending) < AT_ONCE:
                self._sending.add(webhook.job)
                with contextlib.suppress(RuntimeError):  # it is being closed
                    self._pool.submit(self._deliver, webhook)

    def _deliver(self, webhook: Webhook) -> None:
        try:
            error, more = self._attempt(webhook)
            if not error:
                self._store.write(lambda connection: note_delivery(connection, webhook.job))
                return
            again = _next_attempt(webhook.attempts) if more else ""
            self._store.write(lambda connection: note_missed(connection, webhook.job, error, again=again))
        except ServiceError as failure:
            _log.warning("job %s: how the webhook went cannot be noted, so it is sent again: %s", webhook.job, failure)
        finally:
            self._sending.discard(webhook.job)

    def _attempt(self, webhook: Webhook) -> tuple[str, bool]:
        """Why it did not succeed, "" where it did; and whether it is tried again."""
        body = self._body(webhook.job)
        if body is None or self.fetcher is None:
            return "the job is gone", False
        headers = signed_headers(self.secret(webhook.job), webhook.job, int(time.time()), body)
        try:
            status = self.fetcher.post(webhook.url, body, {"Content-Type": "application/json", **headers})
        except Refusal as refusal:
            return refusal.detail, True
        except ServiceError:
            raise
        except Exception:
            _log.exception("job %s: the webhook could not be sent", webhook.job)
            return "the service has a fault with this address", True
        return ("", False) if 200 <= status < 300 else (f"the receiver answered with status {status}", status != GONE)

    def _body(self, job: str) -> bytes | None:
        """What is told: the same bytes each time."""
        names = ("id", "state", "kind", "total", "done", "failed", "created", "ended", "error")
        with self._store.reading() as connection:
            row = connection.execute(select(*(JOBS.c[name] for name in names)).where(JOBS.c.id == job)).first()
        if row is None:
            return None
        data = {**row._mapping, "results": f"/v1/jobs/{job}/results"}
        return json.dumps({"type": f"job.{row.state}", "timestamp": row.ended, "data": data}).encode()


def _next_attempt(before: int) -> str:
    """The moment of the attempt after one that failed; "" where there was the last. `before` failed before it."""
    if before >= len(WAITS):
        return ""
    seconds = WAITS[before] * random.uniform(1.0, 1.1)  # so that not all come at one moment
    return as_time(datetime.now(UTC) + timedelta(seconds=seconds))
