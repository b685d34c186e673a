"""Service: the engine, what decodes, what lets in and what keeps, put together; the API and its tests talk to this."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Connection

from assay.data.cores import usable_cores
from assay.errors import ServiceError
from assay.predictor import Answer
from assay.serving.admission import Admission, Ticket
from assay.serving.allowance import Allowance
from assay.serving.answer_cache import AnswerCache, CacheKey
from assay.serving.arms import CHALLENGER, Arms, Rival
from assay.serving.consent_text import read_consent_text
from assay.serving.decoding import Decoders
from assay.serving.dispatcher import Dispatcher
from assay.serving.engine import Engine
from assay.serving.explanation import Explainers
from assay.serving.fetch.fetcher import Fetcher
from assay.serving.fetch.fetching import Fetching
from assay.serving.fetch.public import networks_of
from assay.serving.further import PLAIN, Further, Wanted, ask_further
from assay.serving.holder import Holder
from assay.serving.idempotency import Idempotency
from assay.serving.identity import Identities, Identity
from assay.serving.jobs.jobs import Jobs
from assay.serving.keeping import Keeping
from assay.serving.looked import Looked, record_of
from assay.serving.places import kept_folder
from assay.serving.refusal import Refusal
from assay.serving.settings import MEGABYTE, ServeRequest, fetches
from assay.serving.shadow import Given, Shadow
from assay.serving.upkeep import Upkeep
from assay.serving.upload import Upload
from assay.store.consents import Consent
from assay.store.kept_pictures import KeptPictures
from assay.store.prediction_log import PredictionRecord, log_predictions
from assay.store.service_store import ServiceStore
from assay.store.subjects import picture_id

CACHED = 10_000
_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Result:
    """What a client hears about one picture.

    Attributes:
        id: of the answer; "" where there is none.
        name: of the picture, as it was sent.
        answer: None where the picture cannot be read.
        refusal: why not.
        timing_ms: milliseconds by stage: fetch, decode, wait, engine.
        cached: whether it was answered before.
        kept: whether the picture was kept, with consent.
    """

    id: str
    name: str
    answer: Answer | None
    refusal: Refusal | None
    timing_ms: dict[str, float]
    cached: bool = False
    kept: bool = False
    further: Further = field(default_factory=Further)


Also = Callable[[Engine, "list[Result]"], Callable[[Connection], object] | None]
"""Gives what else becomes durable with the log of these results, or nothing at all."""


@dataclass(frozen=True)
class _Request:
    """What the pictures of a request have in common."""

    identity: Identity
    consent: Consent | None
    wanted: Wanted
    ticket: Ticket


class Service:
    """What answers requests. One for a process; `close` ends it.

    Attributes:
        answered: pictures so far.

    Args:
        settings: as they were asked for.
        store: of predictions and keys.
        engine: that answers first.
        rival: that is compared with it.
    """

    def __init__(self, settings: ServeRequest, store: ServiceStore, engine: Engine, rival: Rival | None = None) -> None:
        self.settings, self.store, self.arms = settings, store, Arms(engine, rival)
        self.identities = Identities(store)
        self.idempotency = Idempotency(store)
        self.admission = Admission(settings.queue)
        self.allowance = Allowance(settings.per_minute, settings.per_day)
        self.cache = AnswerCache(CACHED)
        self.keeping = Keeping(read_consent_text(settings.consent), KeptPictures(kept_folder(store.url, settings.kept)))
        self.decoders = Decoders(usable_cores(), int(settings.megapixels * 1e6))
        self.dispatcher = Dispatcher(self.admission.took)
        self.explainers = Explainers()
        self.shadow = Shadow(self.dispatcher, self.decoders, self.cache, lambda record: self._written([record]))
        self.fetching = self._fetching() if fetches(settings) else None
        self.answered = 0
        self.jobs = Jobs(self)
        self.upkeep = Upkeep(store, self.forget)

    def _fetching(self) -> Fetching:
        networks = networks_of(self.settings.fetch_networks)
        fetcher = Fetcher(largest=self.largest_picture, networks=networks)
        return Fetching(fetcher, int(self.settings.request_mb * MEGABYTE))

    @property
    def holder(self) -> Holder:
        """Holds the champion's engine."""
        return self.arms.champion

    @property
    def largest_picture(self) -> int:
        """Bytes of a picture that are taken."""
        return int(self.settings.picture_mb * MEGABYTE)

    async def classify(
        self,
        identity: Identity,
        uploads: Sequence[Upload],
        *,
        request_id: str,
        seconds: float,
        also: Also | None = None,
        consent: Consent | None = None,
        accepted: bool = False,
        wanted: Wanted = PLAIN,
    ) -> tuple[Engine, list[Result]]:
        """Answer pictures, all by the engine of one arm, and log what was answered before it is given away.

        Where a challenger's engine fails, the champion answers in its place.

        Args:
            identity: whose pictures they are.
            uploads: as they were sent.
            request_id: of the request.
            seconds: within which the answer is wanted.
            also: what else is written in the transaction of the log; without it there is no answer either.
            consent: by which the pictures are kept; without one none is.
            accepted: whether the request was let in before the service was told to end.
            wanted: what is asked about each beside its answer.

        Raises:
            Refusal: there is more to do than can be done in time, or the log cannot be written.
        """
        begun = time.perf_counter()
        assigned = self.arms.answering(identity.key.id)
        with self.admission.admitted(wanted.work * len(uploads), seconds, accepted=accepted) as ticket:
            asked = _Request(identity, consent, wanted, ticket)
            try:
                looked = await self._look_at(assigned.engine, uploads, asked)
            except Exception as error:
                if isinstance(error, Refusal) or assigned.arm != CHALLENGER:
                    raise
                _log.warning("the challenger failed, so the champion answers: %s", error)
                assigned = self.arms.champion_now
                looked = await self._look_at(assigned.engine, uploads, asked)
        results, records = [], []
        for each in looked:
            if each.answer is None:
                results.append(Result("", each.upload.name, None, each.refusal, each.timing_ms))
                continue
            record = record_of(each, each.answer, assigned, identity, request_id, 1000 * (time.perf_counter() - begun))
            records.append(record)
            given = (each.upload.name, each.answer, None, each.timing_ms, each.cached, each.kept, each.further)
            results.append(Result(record.id, *given))
        await self._keep(records, consent, also and also(assigned.engine, results))
        self.answered += len(records)
        if (shadow := self.arms.looking_on) is not None:
            answered = [each for each in looked if each.answer is not None]
            self.shadow.offer(
                shadow,
                [
                    Given(record, each.upload.content, each.image, assigned.engine.samples)
                    for record, each in zip(records, answered, strict=True)
                ],
            )
        return assigned.engine, results

    async def _look_at(self, engine: Engine, uploads: Sequence[Upload], asked: _Request) -> list[Looked]:
        looks = (self._look(engine, upload, asked) for upload in uploads)
        outcomes = await asyncio.gather(*looks, return_exceptions=True)  # all have ended before the room is free
        looked: list[Looked] = []
        for outcome in outcomes:
            if isinstance(outcome, BaseException):
                raise outcome
            looked.append(outcome)
        return looked

    async def _look(self, engine: Engine, upload: Upload, asked: _Request) -> Looked:
        consent, deadline = asked.consent, asked.ticket.deadline
        picture = picture_id(asked.identity.secret, upload.content)
        key = CacheKey(picture, engine.digest)
        from_memory = not asked.wanted.anything and (consent is None or self.keeping.pictures.has(picture))
        if from_memory and (known := self.cache.get(key)) is not None:
            return Looked(upload, picture, known[0], known[1], None, {}, cached=True, kept=consent is not None)
        try:
            decoded = await asyncio.wrap_future(self.decoders.submit(upload.content, engine.samples))
        except Refusal as refusal:
            return Looked(upload, picture, None, {}, refusal, {})
        answered = await asyncio.wrap_future(self.dispatcher.submit(engine, decoded.image, deadline))
        statistics = dict(answered.answer.statistics)
        self.cache.put(key, answered.answer, statistics)
        further = await ask_further(
            asked.wanted,
            engine,
            decoded.image,
            answered.answer,
            deadline,
            dispatcher=self.dispatcher,
            explainers=self.explainers,
        )
        image = decoded.image if self.arms.looking_on is not None else None
        timing = {"decode": decoded.milliseconds, "wait": answered.waited_ms, "engine": answered.engine_ms}
        kept = consent is not None and await self.keeping.keep(picture, decoded.image)
        return Looked(upload, picture, answered.answer, statistics, None, timing, False, kept, image, further)

    async def _keep(
        self,
        records: list[PredictionRecord],
        consent: Consent | None,
        also: Callable[[Connection], object] | None,
    ) -> None:
        if not records and also is None:
            return
        try:
            await asyncio.wrap_future(self._written(records, consent, also))
        except (ServiceError, Refusal) as error:
            await self._forget([record.picture for record in records if record.kept])
            if isinstance(error, Refusal):
                raise
            if self.settings.log or also is not None:
                raise Refusal("log", "The prediction log does not take the answer.", retry_after=5) from error

    def _written(
        self,
        records: list[PredictionRecord],
        consent: Consent | None = None,
        also: Callable[[Connection], object] | None = None,
    ) -> Future[Any]:
        """Done once the records are durable, and what else belongs to them."""

        def write(connection: Connection) -> None:
            self.keeping.confirm(connection, records, consent)
            log_predictions(connection, records)
            if also is not None:
                also(connection)

        try:
            written: Future[Any] = self.store.submit(write)
        except ServiceError as error:
            written = Future()
            written.set_exception(error)
        written.add_done_callback(self._forget_on_failure)
        return written

    def _forget_on_failure(self, written: Future[Any]) -> None:
        """Of somebody who was erased while he was answered, nothing may be in memory."""
        if not written.cancelled() and written.exception() is not None:
            self.forget()

    async def _forget(self, pictures: list[str]) -> None:
        """Delete pictures whose rows did not come to be; what cannot be looked up now is left to retention."""

        def forget() -> None:
            with contextlib.suppress(ServiceError, OSError), self.store.reading() as connection:
                self.keeping.forget(connection, pictures)

        if pictures:
            await asyncio.to_thread(forget)

    def forget(self) -> None:
        """Let go of whatever is in memory about anybody: somebody was erased, or what is too old was deleted."""
        self.identities.forget()
        self.cache.clear()

    def close(self) -> None:
        """Answer what was let in, then end everything but the store."""
        self.admission.closed = True
        self.jobs.close()
        if self.fetching is not None:
            self.fetching.close()
        self.upkeep.close()
        self.decoders.close()
        self.dispatcher.close()
