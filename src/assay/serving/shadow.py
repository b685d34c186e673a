"""Shadow: a model that looks on at what the champion has answered, in the time that nobody else wants."""

from __future__ import annotations

import logging
import math
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, replace
from typing import Any

from assay.data.image import Pixels
from assay.data.sample_range import SampleRange
from assay.serving.answer_cache import AnswerCache, CacheKey
from assay.serving.arms import SHADOW, Assigned
from assay.serving.classified import answer_document, for_a_person
from assay.serving.decoding import Decoded, Decoders
from assay.serving.dispatcher import Answered, Dispatcher
from assay.serving.guard import Guard
from assay.store.components import packed
from assay.store.ids import new_id, now
from assay.store.prediction_log import PredictionRecord

MOST, MOST_BYTES = 64, 256_000_000
"""Pictures that may wait for the shadow, and bytes of their pixels and files."""
_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Given:
    """What the champion has answered.

    Attributes:
        record: of the log.
        content: bytes of the picture's file.
        image: uint8 RGB [H, W, 3]; None where the answer came from memory.
        samples: what was white in it when it was decoded.
    """

    record: PredictionRecord
    content: bytes
    image: Pixels | None
    samples: SampleRange

    @property
    def bytes(self) -> int:
        """That wait with it."""
        return len(self.content) + (0 if self.image is None else self.image.nbytes)


@dataclass
class ShadowCounts:
    """What became of the pictures that a shadow was to look at.

    Attributes:
        answered: and logged.
        dropped: because too many waited.
        failed: could not be answered, or not be logged.
    """

    answered: int = 0
    dropped: int = 0
    failed: int = 0


class Shadow:
    """Asks a shadow what it says, and has it logged; never has a client waited for it longer than one forward pass.

    A picture is asked about once its client's answer is durable, alone, and only when no client's picture waits. More
    than `MOST` pictures or `MOST_BYTES` do not wait: those that come then are dropped and counted. Where the champion's
    pixels do not do (it answered from memory, or takes another sample range for white) the file is decoded again, one
    at a time.

    Attributes:
        counts: of pictures so far.

    Args:
        dispatcher: asks engines.
        decoders: decode.
        cache: of answers.
        log: writes a record; the future is done once it is durable.
        guard: is told each pair, and what the shadow failed at.
        most: pictures that may wait.
        most_bytes: of them.
    """

    def __init__(
        self,
        dispatcher: Dispatcher,
        decoders: Decoders,
        cache: AnswerCache,
        log: Callable[[PredictionRecord], Future[Any]],
        guard: Guard,
        *,
        most: int = MOST,
        most_bytes: int = MOST_BYTES,
    ) -> None:
        self._dispatcher, self._decoders, self._cache = dispatcher, decoders, cache
        self._log, self._guard = log, guard
        self._most, self._most_bytes = most, most_bytes
        self.counts = ShadowCounts()
        self._lock = threading.Lock()
        self._waiting = self._bytes = 0
        self._decoding = False

    def offer(self, shadow: Assigned, given: Sequence[Given]) -> None:
        """Let a shadow look at these, when there is time; returns at once.

        Args:
            shadow: who looks.
            given: that the champion has answered.
        """
        for each in given:
            key = CacheKey(each.record.picture, shadow.engine.digest)
            if (kept := self._cache.get(key)) is not None:
                self._write(shadow, each, Answered(kept[0], 0.0, 0.0))
            elif self._take(each, decode=each.image is None or each.samples != shadow.engine.samples):
                self._look(shadow, each)

    def _take(self, given: Given, *, decode: bool) -> bool:
        """Whether there is room for one more, which it then has."""
        with self._lock:
            full = self._waiting >= self._most or self._bytes + given.bytes > self._most_bytes
            if full or (decode and self._decoding):
                self.counts.dropped += 1
                return False
            self._waiting += 1
            self._bytes += given.bytes
            self._decoding |= decode
            return True

    def _look(self, shadow: Assigned, given: Given) -> None:
        if given.image is not None and given.samples == shadow.engine.samples:
            self._ask(shadow, given, given.image)
            return

        def decoded(future: Future[Decoded]) -> None:
            self._decoding = False
            if future.cancelled() or future.exception() is not None:
                self._leave(given)
                self._failed()
            else:
                self._ask(shadow, given, future.result().image)

        try:
            self._decoders.submit(given.content, shadow.engine.samples).add_done_callback(decoded)
        except RuntimeError:  # the service is ending
            self._decoding = False
            self._leave(given)

    def _ask(self, shadow: Assigned, given: Given, image: Pixels) -> None:
        def answered(future: Future[Answered]) -> None:
            self._leave(given)
            if future.cancelled():
                with self._lock:
                    self.counts.dropped += 1
            elif (error := future.exception()) is not None:
                _log.warning("the shadow failed: %s", error)
                self._failed()
                self._guard.failed(SHADOW)
            else:
                key = CacheKey(given.record.picture, shadow.engine.digest)
                self._cache.put(key, future.result().answer, dict(given.record.statistics))
                self._write(shadow, given, future.result())

        self._dispatcher.submit(shadow.engine, image, math.inf, behind=True).add_done_callback(answered)

    def _write(self, shadow: Assigned, given: Given, answered: Answered) -> None:
        engine, answer = shadow.engine, answered.answer
        record = replace(
            given.record,
            id=new_id(),
            time=now(),
            pair=given.record.id,
            arm=SHADOW,
            model=engine.origin.model,
            version=engine.origin.version,
            bundle=engine.digest,
            label=answer.label,
            confidence=answer.confidence,
            answer=answer_document(answer, engine),
            domain=answer.domain,
            for_a_person=for_a_person(answer),
            engine_ms=round(answered.engine_ms, 3),
            total_ms=round(answered.engine_ms, 3),
            kept=False,
            rejected=answer.rejected,
            components=packed(answer.components),
        )

        def written(future: Future[Any]) -> None:
            if future.cancelled() or future.exception() is not None:
                self._failed()
                return
            with self._lock:
                self.counts.answered += 1
            self._guard.paired(given.record, record)

        self._log(record).add_done_callback(written)

    def _leave(self, given: Given) -> None:
        with self._lock:
            self._waiting -= 1
            self._bytes -= given.bytes

    def _failed(self) -> None:
        with self._lock:
            self.counts.failed += 1
