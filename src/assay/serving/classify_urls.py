"""Answers about pictures that are named by their addresses, in the order of the addresses."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import replace

from assay.serving.engine import Engine
from assay.serving.fetch.fetching import Fetched, Fetching
from assay.serving.further import PLAIN, WantedParts
from assay.serving.identity import Identity
from assay.serving.prediction_writer import Also
from assay.serving.result import Result
from assay.serving.service import Service
from assay.store.consents import Consent

SHARE = 0.8
"""Of a request's deadline in which its pictures are fetched; the rest is for the answer."""


async def classify_urls(
    service: Service,
    fetching: Fetching,
    identity: Identity,
    urls: Sequence[str],
    *,
    request_id: str,
    seconds: float,
    also: Also | None = None,
    consent: Consent | None = None,
    wanted: WantedParts = PLAIN,
) -> tuple[Engine, list[Result]]:
    """Fetch pictures, and answer about them as if they had been sent.

    What would not be answered in time is refused before anything is fetched. A request that was let in is answered also
    when the service is told to end meanwhile.

    Args:
        service: that answers.
        fetching: that fetches.
        identity: who asks.
        urls: where the pictures are.
        request_id: of the request.
        seconds: within which the answer is wanted.
        also: what else is written in the transaction of the log; it is given the results of all addresses.
        consent: by which the pictures are kept; without one none is.
        wanted: what is asked about each beside its answer.

    Raises:
        Refusal: there is more to do than can be done in time, or the log cannot be written.
    """
    ends = time.monotonic() + seconds
    service.admission.refuse_now(wanted.work * len(urls), seconds)
    fetched = await fetching.pictures(identity.key.id, urls, SHARE * seconds)
    uploads = [each.upload for each in fetched if each.upload is not None]
    engine, answered = service.arms.answering(identity.key).engine, list[Result]()
    if uploads:
        engine, answered = await service.classify(
            identity,
            uploads,
            request_id=request_id,
            seconds=ends - time.monotonic(),
            accepted=True,
            also=None if also is None else lambda engine, results: also(engine, _of_all(fetched, results)),
            consent=consent,
            wanted=wanted,
        )
    return engine, _of_all(fetched, answered)


def _of_all(fetched: Sequence[Fetched], answered: Sequence[Result]) -> list[Result]:
    """One result for each address, in their order."""
    rest = iter(answered)
    results = []
    for each in fetched:
        took = {"fetch": each.milliseconds}
        result = Result("", each.url, None, each.refusal, {}) if each.upload is None else next(rest)
        results.append(replace(result, timing_ms=took | result.timing_ms))
    return results
