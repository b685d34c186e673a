"""PredictionWriter: what was answered becomes durable, with all that belongs to it, before anybody hears it."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from typing import Any

from sqlalchemy import Connection

from assay.errors import ServiceError
from assay.serving.engine import Engine
from assay.serving.keeping import Keeping
from assay.serving.refusal import Refusal
from assay.serving.result import Result
from assay.store.consents import Consent
from assay.store.prediction_log import PredictionRecord, log_predictions
from assay.store.service_store import ServiceStore

Work = Callable[[Connection], object]
"""What else is written in the transaction of the log."""
Also = Callable[[Engine, list[Result]], Work | None]
"""Gives what else becomes durable with the log of these results, or nothing at all."""


class PredictionWriter:
    """Writes records to the log and the audit trail.

    Args:
        store: that holds them.
        keeping: of the pictures.
        forget: lets go of what is in memory about anybody.
        required: whether an answer that cannot be logged is refused.
    """

    def __init__(self, store: ServiceStore, keeping: Keeping, forget: Callable[[], None], *, required: bool) -> None:
        self._store, self._keeping, self._forget, self._required = store, keeping, forget, required

    async def write(self, records: Sequence[PredictionRecord], consent: Consent | None, also: Work | None) -> None:
        """Return once the records are durable, and what else belongs to them.

        Args:
            records: of one request.
            consent: by which pictures of theirs were kept.
            also: what else is written with them; without it there is no answer either.

        Raises:
            Refusal: they cannot be written, or the consent was withdrawn meanwhile; nothing of them is kept.
        """
        if not records and also is None:
            return
        try:
            await asyncio.wrap_future(self.submit(records, consent, also))
        except (ServiceError, Refusal) as error:
            await self._remove([record.picture for record in records if record.kept])
            if isinstance(error, Refusal):
                raise
            if self._required or also is not None:
                raise Refusal("log", "The prediction log does not take the answer.", retry_after=5) from error

    def submit(
        self, records: Sequence[PredictionRecord], consent: Consent | None = None, also: Work | None = None
    ) -> Future[Any]:
        """A future that is done once they are durable; arguments as of `write`."""

        def work(connection: Connection) -> None:
            self._keeping.confirm(connection, records, consent)
            log_predictions(connection, records)
            if also is not None:
                also(connection)

        try:
            written: Future[Any] = self._store.submit(work)
        except ServiceError as error:
            written = Future()
            written.set_exception(error)
        written.add_done_callback(self._forget_on_failure)
        return written

    def _forget_on_failure(self, written: Future[Any]) -> None:
        """Of somebody who was erased while he was answered, nothing may be in memory."""
        if not written.cancelled() and written.exception() is not None:
            self._forget()

    async def _remove(self, pictures: Sequence[str]) -> None:
        """Delete pictures whose rows did not come to be; what cannot be looked up now is left to retention."""

        def remove() -> None:
            with contextlib.suppress(ServiceError, OSError), self._store.reading() as connection:
                self._keeping.forget(connection, pictures)

        if pictures:
            await asyncio.to_thread(remove)
