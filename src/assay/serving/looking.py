"""Looking: from the bytes of pictures to what one engine says about them, from memory where it was said before."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

from assay.serving.answer_cache import AnswerCache, CacheKey
from assay.serving.decoding import Decoders
from assay.serving.dispatcher import Dispatcher
from assay.serving.engine import Engine
from assay.serving.explanation import Explainers
from assay.serving.further import WantedParts, ask_further
from assay.serving.identity import Identity
from assay.serving.keeping import Keeping
from assay.serving.looked import Looked
from assay.serving.refusal import Refusal
from assay.serving.upload import Upload
from assay.store.consents import Consent
from assay.store.subjects import picture_id


@dataclass(frozen=True)
class Asked:
    """What the pictures of a request have in common.

    Attributes:
        identity: whose they are.
        consent: by which they are kept; None where none is.
        wanted: about each, beside its answer.
        begin_by: moment of `time.monotonic` after which nothing is begun that is not yet.
        shared: whether somebody else looks at their pixels afterwards.
    """

    identity: Identity
    consent: Consent | None
    wanted: WantedParts
    begin_by: float
    shared: bool


@dataclass(frozen=True)
class Looking:
    """What pictures go through.

    Attributes:
        decoders: make pixels of bytes.
        dispatcher: asks engines.
        cache: of what was answered before.
        explainers: make maps.
        keeping: writes pictures that are kept.
    """

    decoders: Decoders
    dispatcher: Dispatcher
    cache: AnswerCache
    explainers: Explainers
    keeping: Keeping

    async def look(self, engine: Engine, uploads: Sequence[Upload], asked: Asked) -> list[Looked]:
        """What an engine says about pictures; of one that cannot be read, why.

        Args:
            engine: that is asked about all of them.
            uploads: as they were sent.
            asked: what they have in common.

        Raises:
            Refusal: the deadline has passed.
        """
        looks = (self._look(engine, upload, asked) for upload in uploads)
        outcomes = await asyncio.gather(*looks, return_exceptions=True)  # all have ended before the room is free
        looked: list[Looked] = []
        for outcome in outcomes:
            if isinstance(outcome, BaseException):
                raise outcome
            looked.append(outcome)
        return looked

    async def _look(self, engine: Engine, upload: Upload, asked: Asked) -> Looked:
        consent = asked.consent
        picture = picture_id(asked.identity.secret, upload.content)
        key = CacheKey(picture, engine.digest)
        from_memory = not asked.wanted.anything and (consent is None or self.keeping.pictures.has(picture))
        if from_memory and (known := self.cache.get(key)) is not None:
            return Looked(upload, picture, known[0], known[1], None, {}, cached=True, kept=consent is not None)
        try:
            decoded = await asyncio.wrap_future(self.decoders.submit(upload.content, engine.samples))
        except Refusal as refusal:
            return Looked(upload, picture, None, {}, refusal, {})
        answered = await asyncio.wrap_future(self.dispatcher.submit(engine, decoded.image, asked.begin_by))
        statistics = dict(answered.answer.statistics)
        self.cache.put(key, answered.answer, statistics)
        further = await ask_further(
            asked.wanted,
            engine,
            decoded.image,
            answered.answer,
            asked.begin_by,
            dispatcher=self.dispatcher,
            explainers=self.explainers,
        )
        image = decoded.image if asked.shared else None
        timing = {"decode": decoded.milliseconds, "wait": answered.waited_ms, "engine": answered.engine_ms}
        kept = consent is not None and await self.keeping.keep(picture, decoded.image)
        return Looked(upload, picture, answered.answer, statistics, None, timing, False, kept, image, further)
