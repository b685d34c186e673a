"""Service: the engine, what decodes, what lets in and what keeps, put together; the API and its tests talk to this."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from assay.data.cores import usable_cores
from assay.deploy.bundle.bundle import Bundle
from assay.internet.public import networks_of
from assay.serving.admission import Admission
from assay.serving.allowance import Allowance
from assay.serving.answer_cache import AnswerCache
from assay.serving.arms import CHALLENGER, Arms, Rival
from assay.serving.consent_text import read_consent_text
from assay.serving.decoding import Decoders
from assay.serving.dispatcher import Dispatcher
from assay.serving.engine import INFERENCE_THREADS, Engine
from assay.serving.experiment import stop_experiment
from assay.serving.explanation import Explainers
from assay.serving.fetch.fetcher import Fetcher
from assay.serving.fetch.fetching import Fetching
from assay.serving.further import PLAIN, WantedParts
from assay.serving.guard import Guard
from assay.serving.guard_memory import GuardMemory
from assay.serving.holder import Holder
from assay.serving.idempotency import Idempotency
from assay.serving.identity import Identities, Identity
from assay.serving.jobs.jobs import Jobs
from assay.serving.keeping import Keeping
from assay.serving.looked import record_of
from assay.serving.looking import Asked, Looking
from assay.serving.map_cache import MapCache
from assay.serving.places import kept_folder
from assay.serving.prediction_writer import Also, PredictionWriter
from assay.serving.refusal import Refusal
from assay.serving.result import Result, result_of
from assay.serving.settings import MEGABYTE, ServeRequest, fetches
from assay.serving.shadow import Given, Shadow
from assay.serving.stop_notice import StopNotice
from assay.serving.unused_memory import UnusedMemory
from assay.serving.upkeep import Upkeep
from assay.serving.upload import Upload
from assay.serving.watch.state import StateReader
from assay.store.consents import Consent
from assay.store.kept_pictures import KeptPictures
from assay.store.service_store import ServiceStore

CACHED = 10_000
_log = logging.getLogger(__name__)


class Service:
    """What answers requests. One for a process; `close` ends it.

    Attributes:
        answered: pictures so far.
        watch: reads what the watcher has seen.

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
        self.dispatcher = Dispatcher(self.admission.took, threads=INFERENCE_THREADS)
        self.explainers, self.maps = Explainers(), MapCache()
        self.looking = Looking(self.decoders, self.dispatcher, self.cache, self.explainers, self.keeping)
        self.writer = PredictionWriter(store, self.keeping, self.forget, required=settings.log)
        self.guard = Guard(lambda why: stop_experiment(store, self.arms, why), GuardMemory(store, self.arms))
        self.shadow = Shadow(
            self.dispatcher, self.decoders, self.cache, lambda record: self.writer.submit([record]), self.guard
        )
        self.fetcher = self._fetcher() if fetches(settings) else None
        self.fetching: Fetching | None = None
        if self.fetcher is not None:
            self.fetching = Fetching(self.fetcher, int(settings.request_mb * MEGABYTE))
        self.examples: Callable[[Bundle], Mapping[str, tuple[Path, ...]]] = lambda bundle: {}
        self.nearest: Callable[[Bundle, NDArray[np.floating]], Path | None] = lambda bundle, components: None
        self.answered = 0
        self.jobs = Jobs(self)
        self.watch = StateReader(store)
        self.upkeep = Upkeep(store, self.forget, StopNotice(store, self.arms).look, UnusedMemory().look)

    def _fetcher(self) -> Fetcher:
        return Fetcher(largest=self.largest_picture, networks=networks_of(self.settings.fetch_networks))

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
        wanted: WantedParts = PLAIN,
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
        assigned = self.arms.answering(identity.key)
        with self.admission.admitted(wanted.work * len(uploads), seconds, accepted=accepted) as ticket:
            shared = self.arms.looking_on is not None
            asked = Asked(identity, consent, wanted, ticket.begin_by, shared)
            try:
                looked = await self.looking.look(assigned.engine, uploads, asked)
            except Exception as error:
                if isinstance(error, Refusal):
                    raise
                if assigned.arm != CHALLENGER:
                    self.guard.failed(assigned.arm)
                    raise
                _log.warning("the challenger failed, so the champion answers: %s", error)
                assigned = self.arms.champion_now
                looked = await self.looking.look(assigned.engine, uploads, asked)
                self.guard.failed(CHALLENGER)
            if not all(each.cached for each in looked):
                self.admission.passed(ticket)
        results, records = [], []
        for each in looked:
            prediction = ""
            if each.answer is not None:
                milliseconds = 1000 * (time.perf_counter() - begun)
                records.append(record_of(each, each.answer, assigned, identity, request_id, milliseconds))
                prediction = records[-1].id
            results.append(result_of(each, prediction))
        await self.writer.write(records, consent, also and also(assigned.engine, results))
        self.answered += len(records)
        if assigned.experiment and records:
            self.guard.answered(assigned.arm, records)
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

    def forget(self) -> None:
        """Let go of whatever is in memory about anybody: somebody was erased, or what is too old was deleted."""
        self.identities.forget()
        self.cache.clear()
        self.maps.clear()

    def close(self) -> None:
        """Answer what was let in, then end everything but the store."""
        self.admission.closed = True
        self.jobs.close()
        if self.fetching is not None:
            self.fetching.close()
        self.upkeep.close()
        self.decoders.close()
        self.dispatcher.close()
        self.guard.close()
