"""Service: the engine, what decodes, what lets in and what keeps, put together; the API and its tests talk to this."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection

from assay.data.cores import usable_cores
from assay.data.quality import STATISTICS, statistics_of
from assay.errors import ServiceError
from assay.predictor import Answer
from assay.serving.admission import Admission, Ticket
from assay.serving.allowance import Allowance
from assay.serving.answer_cache import AnswerCache, CacheKey
from assay.serving.classified import answer_document, for_a_person
from assay.serving.consent_text import read_consent_text
from assay.serving.decoding import Decoders
from assay.serving.dispatcher import Dispatcher
from assay.serving.engine import Engine
from assay.serving.holder import Holder
from assay.serving.idempotency import Idempotency
from assay.serving.identity import Identities, Identity
from assay.serving.keeping import Keeping
from assay.serving.places import kept_folder
from assay.serving.refusal import Refusal
from assay.serving.settings import MEGABYTE, ServeRequest
from assay.serving.upload import Upload
from assay.store.consents import Consent
from assay.store.ids import new_id, now
from assay.store.kept_pictures import KeptPictures
from assay.store.prediction_log import PredictionRecord, log_predictions
from assay.store.service_store import ServiceStore
from assay.store.subjects import picture_id

CACHED = 10_000
CHAMPION = "champion"


@dataclass(frozen=True)
class Result:
    """What a client hears about one picture.

    Attributes:
        id: of the answer; "" where there is none.
        name: of the picture, as it was sent.
        answer: None where the picture cannot be read.
        refusal: why not.
        timing_ms: milliseconds by stage: decode, wait, engine.
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


Also = Callable[[Engine, "list[Result]"], Callable[[Connection], object] | None]
"""Gives what else becomes durable with the log of these results, or nothing at all."""


@dataclass(frozen=True)
class _Looked:
    """A picture with its answer, before it is logged."""

    upload: Upload
    picture: str
    answer: Answer | None
    statistics: dict[str, float]
    refusal: Refusal | None
    timing_ms: dict[str, float]
    cached: bool = False
    kept: bool = False


class Service:
    """What answers requests. One for a process; `close` ends it.

    Attributes:
        answered: pictures so far.

    Args:
        settings: as they were asked for.
        store: of predictions and keys.
        engine: that answers first.
    """

    def __init__(self, settings: ServeRequest, store: ServiceStore, engine: Engine) -> None:
        self.settings, self.store, self.holder = settings, store, Holder(engine)
        self.identities = Identities(store)
        self.idempotency = Idempotency(store)
        self.admission = Admission(settings.queue)
        self.allowance = Allowance(settings.per_minute, settings.per_day)
        self.cache = AnswerCache(CACHED)
        self.keeping = Keeping(read_consent_text(settings.consent), KeptPictures(kept_folder(store.url, settings.kept)))
        self.decoders = Decoders(usable_cores(), int(settings.megapixels * 1e6))
        self.dispatcher = Dispatcher(self.admission.took)
        self.answered = 0

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
    ) -> tuple[Engine, list[Result]]:
        """Answer pictures, all by one engine, and log what was answered before it is given away.

        Args:
            identity: whose pictures they are.
            uploads: as they were sent.
            request_id: of the request.
            seconds: within which the answer is wanted.
            also: what else is written in the transaction of the log; without it there is no answer either.
            consent: by which the pictures are kept; without one none is.

        Raises:
            Refusal: there is more to do than can be done in time, or the log cannot be written.
        """
        begun = time.perf_counter()
        engine = self.holder.engine
        with self.admission.admitted(len(uploads), seconds) as ticket:
            looks = (self._look(engine, identity, upload, ticket, consent) for upload in uploads)
            outcomes = await asyncio.gather(*looks, return_exceptions=True)  # all have ended before the room is free
        looked: list[_Looked] = []
        for outcome in outcomes:
            if isinstance(outcome, BaseException):
                raise outcome
            looked.append(outcome)
        results, records = [], []
        for each in looked:
            if each.answer is None:
                results.append(Result("", each.upload.name, None, each.refusal, each.timing_ms))
                continue
            record = _record(each, each.answer, engine, identity, request_id, 1000 * (time.perf_counter() - begun))
            records.append(record)
            results.append(
                Result(record.id, each.upload.name, each.answer, None, each.timing_ms, each.cached, each.kept)
            )
        await self._log(records, consent, also and also(engine, results))
        self.answered += len(records)
        return engine, results

    async def _look(
        self, engine: Engine, identity: Identity, upload: Upload, ticket: Ticket, consent: Consent | None
    ) -> _Looked:
        picture = picture_id(identity.secret, upload.content)
        key = CacheKey(picture, engine.digest)
        has = consent is None or self.keeping.pictures.has(picture)
        if has and (known := self.cache.get(key)) is not None:
            return _Looked(upload, picture, known[0], known[1], None, {}, cached=True, kept=consent is not None)
        try:
            decoded = await asyncio.wrap_future(self.decoders.submit(upload.content, engine.samples))
        except Refusal as refusal:
            return _Looked(upload, picture, None, {}, refusal, {})
        answered = await asyncio.wrap_future(self.dispatcher.submit(engine, decoded.image, ticket.deadline))
        statistics = dict(zip(STATISTICS, map(float, statistics_of(decoded.image)), strict=True))
        self.cache.put(key, answered.answer, statistics)
        timing = {"decode": decoded.milliseconds, "wait": answered.waited_ms, "engine": answered.engine_ms}
        kept = consent is not None and await self.keeping.keep(picture, decoded.image)
        return _Looked(upload, picture, answered.answer, statistics, None, timing, kept=kept)

    async def _log(
        self,
        records: list[PredictionRecord],
        consent: Consent | None,
        also: Callable[[Connection], object] | None,
    ) -> None:
        if not records and also is None:
            return

        def write(connection: Connection) -> None:
            self.keeping.confirm(connection, records, consent)
            log_predictions(connection, records)
            if also is not None:
                also(connection)

        try:
            written: Future[Any] = self.store.submit(write)
            await asyncio.wrap_future(written)
        except (ServiceError, Refusal) as error:
            await self._forget([record.picture for record in records if record.kept])
            if isinstance(error, Refusal):
                raise
            if self.settings.log or also is not None:
                raise Refusal("log", "The prediction log does not take the answer.", retry_after=5) from error

    async def _forget(self, pictures: list[str]) -> None:
        """Delete pictures whose rows did not come to be; what cannot be looked up now is left to retention."""

        def forget() -> None:
            with contextlib.suppress(ServiceError, OSError), self.store.reading() as connection:
                self.keeping.forget(connection, pictures)

        if pictures:
            await asyncio.to_thread(forget)

    def close(self) -> None:
        """Answer what was let in, then end everything but the store."""
        self.admission.closed = True
        self.decoders.close()
        self.dispatcher.close()


def _record(
    each: _Looked, answer: Answer, engine: Engine, identity: Identity, request_id: str, total_ms: float
) -> PredictionRecord:
    return PredictionRecord(
        id=new_id(),
        time=now(),
        request=request_id,
        subject=identity.key.subject,
        key=identity.key.id,
        picture=each.picture,
        model=engine.origin.model,
        version=engine.origin.version,
        bundle=engine.digest,
        arm=CHAMPION,
        label=answer.label,
        confidence=answer.confidence,
        answer=answer_document(answer, engine),
        statistics=each.statistics,
        domain=answer.domain,
        for_a_person=for_a_person(answer),
        total_ms=round(total_ms, 3),
        kept=each.kept,
    )
