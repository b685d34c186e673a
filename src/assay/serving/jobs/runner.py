"""Runner: answers the pictures of jobs through the service, a few at a time, when nobody else waits."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any, NoReturn

from sqlalchemy import Connection

from assay.database.locks import LockHeldError, file_lock
from assay.errors import ServiceError
from assay.serving.identity import Identity
from assay.serving.jobs.addresses import Fetch
from assay.serving.jobs.folder import JobFolder
from assay.serving.jobs.open_source import open_source
from assay.serving.jobs.portion import ReadPicture, items_of, read_picture
from assay.serving.jobs.source import JobBounds, JobSource
from assay.serving.refusal import Refusal
from assay.serving.upload import Upload
from assay.store.consents import Consent, consent_of_request, standing_consent
from assay.store.idempotency import forget_old_responses
from assay.store.jobs import (
    Job,
    JobEnded,
    add_items,
    begin_job,
    delete_expired_jobs,
    end_job,
    open_jobs_at,
)
from assay.store.keys import key_of
from assay.store.subjects import secret_of

if TYPE_CHECKING:
    from assay.serving.engine import Engine
    from assay.serving.jobs.answering import JobAnswerer
    from assay.serving.result import Result

PORTION = 4
"""Pictures that are answered together: whoever asks meanwhile waits for no more than these."""
AT_ONCE = 8
"""Jobs that are at work; they take turns, so that a small one does not wait for the end of a large one."""
LOOK, SWEEP = 2.0, 60.0
"""Seconds between two looks for jobs, and for what has expired."""
ROOM, PATIENCE = 0.02, 5.0
"""Seconds between two looks whether somebody waits, and after which a portion goes though somebody does."""
DEADLINE = 60.0
_log = logging.getLogger(__name__)


class Runner:
    """One thread with an event loop of its own.

    Args:
        service: that answers.
        folder: with the pictures.
        bounds: of a job.
        fetch: pictures of lists; None where the service fetches nothing.
    """

    def __init__(self, service: JobAnswerer, folder: JobFolder, bounds: JobBounds, fetch: Fetch | None) -> None:
        self.fetch = fetch
        self._readers = ThreadPoolExecutor(PORTION * AT_ONCE, thread_name_prefix="job pictures")
        self._service, self._folder, self._bounds = service, folder, bounds
        self.looked_at: Callable[[list[Result]], object] = lambda results: None
        self._closed = threading.Event()
        self._thread: threading.Thread | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._woken = asyncio.Event()
        self._lock = threading.Lock()

    def start(self) -> None:
        """Begin to work."""
        with self._lock:
            if self._thread is None and not self._closed.is_set():
                self._thread = threading.Thread(target=self._work, name="jobs", daemon=True)
                self._thread.start()

    def wake(self) -> None:
        """Say that there is a new job."""
        self.start()
        with self._lock, contextlib.suppress(RuntimeError):  # a loop that has closed needs no waking
            if self._loop is not None:
                self._loop.call_soon_threadsafe(self._woken.set)

    def close(self) -> None:
        """Finish the portion that is at work, and end."""
        with self._lock:
            self._closed.set()
            thread = self._thread
        if thread is not None:
            with self._lock, contextlib.suppress(RuntimeError):
                if self._loop is not None:
                    self._loop.call_soon_threadsafe(self._woken.set)
            thread.join()
        self._readers.shutdown(wait=False, cancel_futures=True)

    def _work(self) -> None:
        while not self._closed.is_set():
            try:
                self._folder.place()
                with file_lock(self._folder.path / ".lock", patience=0):
                    asyncio.run(self._main())
            except LockHeldError:  # the process before is about to end
                self._closed.wait(1)
            except Exception:
                _log.exception("jobs stopped, and go on in a moment")
                self._closed.wait(5)

    async def _main(self) -> None:
        woken = self._woken = asyncio.Event()
        self._turn = asyncio.Lock()
        with self._lock:
            self._loop = asyncio.get_running_loop()
        running: dict[str, asyncio.Task[None]] = {}
        swept = -SWEEP
        while not self._closed.is_set():
            woken.clear()
            with contextlib.suppress(ServiceError):  # the store is away; the next look comes
                if time.monotonic() - swept >= SWEEP:
                    await asyncio.to_thread(self._sweep)
                    swept = time.monotonic()
                waiting = await asyncio.to_thread(self._open)
                for job in [job for job in waiting if job.id not in running][: AT_ONCE - len(running)]:
                    running[job.id] = asyncio.create_task(self._run(job))
            waked = asyncio.create_task(woken.wait())
            await asyncio.wait([waked, *running.values()], timeout=LOOK, return_when=asyncio.FIRST_COMPLETED)
            waked.cancel()
            running = {name: task for name, task in running.items() if not task.done()}
        await asyncio.gather(*running.values(), return_exceptions=True)

    def _open(self) -> list[Job]:
        with self._service.store.reading() as connection:
            return open_jobs_at(connection, self._folder.place())

    def _sweep(self) -> None:
        """Delete what has expired."""
        store = self._service.store
        store.write(delete_expired_jobs)
        store.write(forget_old_responses)
        self._folder.sweep({job.id for job in self._open()})

    async def _run(self, job: Job) -> None:
        """Answer a job, until it has ended or the service does."""
        try:
            await self._answer_all(job)
        except JobEnded:
            self._folder.file(job.id).unlink(missing_ok=True)
        except (Refusal, ServiceError) as error:  # the service is about to end, or its store is away
            _log.info("job %s stopped, and goes on in a moment: %s", job.id, error)
            await self._pause(LOOK)
        except Exception:
            _log.exception("job %s stopped, and goes on in a moment", job.id)
            await self._pause(LOOK)

    async def _answer_all(self, job: Job) -> None:
        try:
            source = await asyncio.to_thread(open_source, self._folder.file(job.id), self._bounds, self.fetch)
        except (OSError, Refusal) as error:
            why = error.detail if isinstance(error, Refusal) else "its pictures are gone"
            await self._fail(job, why)
        job = await self._write(lambda connection: begin_job(connection, job.id))
        ahead: asyncio.Task[list[ReadPicture]] | None = None
        try:
            while not self._closed.is_set():
                portion = await (ahead or self._read(source, job.looked_at))
                ahead = asyncio.create_task(self._read(source, job.looked_at + len(portion)))
                async with self._turn:
                    job = await self._answer(job, portion)
                if job.ended:
                    raise JobEnded(job.id)
        finally:
            if ahead is not None:
                await asyncio.wait([ahead])
            source.close()

    async def _fail(self, job: Job, why: str) -> NoReturn:
        days = self._service.settings.results_days
        await self._write(lambda connection: end_job(connection, job.id, "failed", days=days, error=why))
        raise JobEnded(job.id)

    async def _read(self, source: JobSource, start: int) -> list[ReadPicture]:
        most = min(PORTION, self._service.settings.queue)
        numbers = range(start, min(start + most, len(source.names)))
        loop = asyncio.get_running_loop()  # a server that does not answer holds no thread that others need
        return list(
            await asyncio.gather(*(loop.run_in_executor(self._readers, read_picture, source, n) for n in numbers))
        )

    async def _answer(self, job: Job, portion: list[ReadPicture]) -> Job:
        """Have a portion answered; gives the job with it."""
        identity = await asyncio.to_thread(self._identity, job)
        if why := identity.key.refusal() or ("" if "classify" in identity.key.scopes else "the key is not for this"):
            await self._fail(job, why)
        try:
            return await self._asked(job, identity, portion)
        except (Refusal, JobEnded):
            raise
        except Exception:
            if len(portion) > 1:  # one of them is to blame, and the others have their answers
                for each in portion:
                    job = await self._answer(job, [each])
                return job
            _log.exception("job %s: picture %d could not be answered", job.id, portion[0].number)
            fault = Refusal("fault", "The service has a fault with this picture.")
            return await self._asked(job, identity, [ReadPicture(portion[0].number, portion[0].name, b"", fault)])

    def _identity(self, job: Job) -> Identity:
        with self._service.store.reading() as connection:
            key = key_of(connection, job.key)
            try:
                secret = secret_of(connection, job.subject)
            except ServiceError as error:  # the subject was erased, and the job with it
                raise JobEnded(job.id) from error
        if key is None:
            raise JobEnded(job.id)
        return Identity(key, secret)

    def _consent(self, job: Job) -> Consent | None:
        """By which the pictures of a job are kept now; None where none is."""
        with self._service.store.reading() as connection:
            own = consent_of_request(connection, job.subject, job.id)
            standing = standing_consent(connection, job.subject)
        if own is not None or standing is None or standing.given > job.created:
            return own
        return self._service.keeping.consent(job.subject, job.id, None, standing)

    async def _asked(self, job: Job, identity: Identity, portion: Sequence[ReadPicture]) -> Job:
        uploads = [Upload(each.name, each.content) for each in portion if each.refusal is None]
        ended: list[Job] = []

        def also(engine: Engine | None, results: Sequence[Result]) -> Callable[[Connection], object]:
            items, days = items_of(job.id, portion, results), self._service.settings.results_days
            return lambda connection: ended.append(add_items(connection, job.id, items, days=days))

        while True:
            try:
                if uploads:
                    await self._room()
                    consent = await asyncio.to_thread(self._consent, job)
                    _, results = await self._service.classify(
                        identity, uploads, request_id=job.id, seconds=DEADLINE, also=also, consent=consent
                    )
                    self.looked_at(results)
                else:
                    await self._write(also(None, []))
                return ended[-1]
            except Refusal as refusal:
                if refusal.name == "consent":  # it was withdrawn meanwhile: they are answered without being kept
                    continue
                if refusal.name not in ("busy", "log"):
                    raise
                await self._pause(min(refusal.retry_after or 1.0, PATIENCE))
                if self._closed.is_set():
                    raise

    async def _room(self) -> None:
        """Wait until nobody else does; where somebody always does, a portion goes now and then all the same."""
        until = time.monotonic() + PATIENCE
        while self._service.admission.inside and time.monotonic() < until and not self._closed.is_set():
            await asyncio.sleep(ROOM)

    async def _pause(self, seconds: float) -> None:
        until = time.monotonic() + seconds
        while time.monotonic() < until and not self._closed.is_set():
            await asyncio.sleep(min(0.1, seconds))

    async def _write(self, work: Callable[[Connection], Any]) -> Any:
        try:
            return await asyncio.wrap_future(self._service.store.submit(work))
        except ServiceError as error:
            raise Refusal("log", "The store does not take it.", retry_after=5) from error
