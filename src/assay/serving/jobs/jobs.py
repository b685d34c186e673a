"""Jobs: taken, looked at, cancelled; what answers them is the runner."""

from __future__ import annotations

import asyncio
import threading
from collections import Counter
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AbstractContextManager, asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from sqlalchemy import Connection

from assay.database.locks import file_lock
from assay.errors import ServiceError
from assay.internet.web_address import web_address
from assay.serving.fetch.refusing import refusing
from assay.serving.identity import Identity
from assay.serving.jobs.deliveries import Deliveries
from assay.serving.jobs.folder import JobFolder, Received
from assay.serving.jobs.open_source import open_source
from assay.serving.jobs.runner import Runner
from assay.serving.jobs.source import JobBounds
from assay.serving.outbox import JobOutbox
from assay.serving.places import beside
from assay.serving.refusal import Refusal
from assay.serving.settings import MEGABYTE
from assay.store.consents import Consent, give_consent
from assay.store.ids import now
from assay.store.jobs import OPEN, Job, JobEnded, add_job, delete_job, end_job, job_of, jobs_of, open_jobs_of_key
from assay.store.webhooks import Webhook, add_webhook, webhooks_of

if TYPE_CHECKING:
    from assay.serving.jobs.answering import JobAnswerer

T = TypeVar("T")
STALLED, LONGEST = 60.0, 3600.0
"""Seconds without a byte, and in all, after which a job is not waited for any more."""


class Jobs:
    """The jobs of a service.

    Args:
        service: that answers.
    """

    def __init__(self, service: JobAnswerer) -> None:
        settings = service.settings
        self._service, self._store = service, service.store
        self.bounds = JobBounds(settings.job_pictures, service.largest_picture, int(settings.job_mb * MEGABYTE))
        self.folder = JobFolder(Path(settings.jobs).expanduser() if settings.jobs else beside(self._store.url, "jobs"))
        fetch = None if service.fetcher is None else service.fetcher.fetch
        self.runner = Runner(service, self.folder, self.bounds, fetch)
        self.deliveries = Deliveries(self._store, JobOutbox(self.folder), service.fetcher, alone=self._delivering)
        self._sending: Counter[str] = Counter()
        self._lock = threading.Lock()

    def _delivering(self) -> AbstractContextManager[object]:
        self.folder.place()
        return file_lock(self.folder.path / ".webhooks.lock", patience=0)

    def start(self) -> None:
        """Go on with what is open, and delete what has expired, now and from time to time."""
        self.runner.start()
        self.deliveries.start()

    def close(self) -> None:
        """Stop; what is open goes on when the service is started again."""
        self.runner.close()
        self.deliveries.close()

    @asynccontextmanager
    async def room(self, identity: Identity) -> AsyncIterator[str]:
        """Room for one more job of a key, for the block in which it is sent; gives the job's id.

        Raises:
            Refusal: the key has too many open jobs, or the service is ending.
        """
        if self._service.admission.closed:
            raise Refusal("draining", "The service was told to end and takes nothing new.", retry_after=5)
        key, most = identity.key.id, self._service.settings.open_jobs
        with self._lock:
            self._sending[key] += 1
        try:
            kept = await asyncio.to_thread(self._read, lambda connection: open_jobs_of_key(connection, key))
            if kept + self._sending[key] > most:
                raise Refusal("rate", f"This key may have {most} open jobs.", retry_after=60)
            with self.folder.incoming() as job:
                yield job
        finally:
            with self._lock:
                self._sending[key] -= 1

    async def receive(self, job: str, body: AsyncIterator[bytes]) -> Received:
        """Take the body of a request, for which is waited neither too long nor too often.

        Raises:
            Refusal: it is too large, stops coming, or there is no room for it.
        """
        try:
            async with asyncio.timeout(LONGEST):
                return await self.folder.receive(job, _not_stalled(body), self.bounds.job_bytes)
        except TimeoutError:
            raise Refusal("request", "The job stopped coming; send it again.") from None

    async def add(
        self,
        identity: Identity,
        received: Received,
        also: Callable[[Connection, Job], object],
        *,
        webhook: str = "",
        consent: Consent | None = None,
    ) -> Job:
        """Make a job of what was received.

        Args:
            identity: whose job it is.
            received: its pictures.
            also: what else is written in the same transaction.
            webhook: address to which its end is told, from `webhook_address`; "" for none.
            consent: by which its pictures are kept, given for it alone; None for none.

        Raises:
            Refusal: it is not taken.
        """
        kind, total = await asyncio.to_thread(self._looked_into, received)
        self._service.allowance.count_pictures(identity.key.id, total)
        key = identity.key
        job = Job(received.id, key.subject, key.id, self.folder.place(), kind, "queued", total, 0, 0, now())

        def write(connection: Connection) -> None:
            add_job(connection, job)
            if consent is not None:
                give_consent(connection, consent, key=key.id)
            if webhook:
                add_webhook(connection, job.id, webhook)
            also(connection, job)

        await self._written(write)
        self.runner.wake()
        self.deliveries.start()
        return job

    def webhook_address(self, url: str) -> str:
        """An address to which the end of a job can be told, as it was named.

        Raises:
            Refusal: it is no address of https, or the service connects to nobody.
        """
        if self.deliveries.fetcher is None:
            raise Refusal("no-fetch", "The operator has not allowed this service to connect to others.")
        with refusing():
            scheme = web_address(url).scheme
        if scheme != "https":
            raise Refusal("address", "A webhook is told over https alone.")
        return url

    async def webhooks(self, jobs: Sequence[Job]) -> dict[str, Webhook]:
        """How far it is told that jobs have ended, by the id of the job."""
        ids = [job.id for job in jobs]
        return await asyncio.to_thread(self._read, lambda connection: webhooks_of(connection, ids))

    async def webhook_secret(self, job: str) -> str:
        """What the webhook of a job is signed with.

        Raises:
            Refusal: the store does not answer.
        """
        try:
            return await asyncio.to_thread(self.deliveries.secret, job)
        except ServiceError as error:
            raise Refusal("log", "The store does not answer.", retry_after=5) from error

    def _looked_into(self, received: Received) -> tuple[str, int]:
        source = open_source(received.path, self.bounds, self.runner.fetch)
        try:
            return source.kind, len(source.names)
        finally:
            source.close()

    async def job(self, subject: str, job: str) -> Job:
        """A job of a subject.

        Raises:
            Refusal: there is none, or it is somebody else's.
        """
        kept = await asyncio.to_thread(self._read, lambda connection: job_of(connection, subject, job))
        if kept is None:
            raise Refusal("not-found", "You have no job with this id.")
        return kept

    async def jobs(self, subject: str, *, before: str, limit: int) -> list[Job]:
        """A page of the jobs of a subject, the newest first."""
        return await asyncio.to_thread(
            self._read, lambda connection: jobs_of(connection, subject, before=before, limit=limit)
        )

    async def cancel(self, subject: str, job: str) -> Job:
        """Let no further picture of a job be answered; one that has ended stays as it is.

        Raises:
            Refusal: there is no such job.
        """
        kept = await self.job(subject, job)
        if kept.state in OPEN:
            try:
                days = self._service.settings.results_days
                await self._written(lambda connection: end_job(connection, kept.id, "cancelled", days=days))
            except JobEnded:
                pass
            self.folder.file(kept.id).unlink(missing_ok=True)
        return await self.job(subject, job)

    async def delete(self, subject: str, job: str) -> None:
        """Cancel a job and delete its results; what was answered stays in the prediction log.

        Raises:
            Refusal: there is no such job.
        """
        kept = await self.cancel(subject, job)
        await self._written(lambda connection: delete_job(connection, kept.id))

    def _read(self, work: Callable[[Connection], T]) -> T:
        try:
            with self._store.reading() as connection:
                return work(connection)
        except ServiceError as error:
            raise Refusal("log", "The jobs cannot be looked up.", retry_after=5) from error

    async def _written(self, work: Callable[[Connection], Any]) -> Any:
        try:
            return await asyncio.wrap_future(self._store.submit(work))
        except ServiceError as error:
            raise Refusal("log", "The store does not take the job.", retry_after=5) from error


async def _not_stalled(body: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    parts = aiter(body)
    while True:
        try:
            yield await asyncio.wait_for(anext(parts), STALLED)
        except StopAsyncIteration:
            return
