"""What may be asked beside pictures, however they come: said once, and answered in one way."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import Header, Query, Request, Response
from pydantic import Field
from sqlalchemy import Connection

from assay.serving.api.deadline import LONGEST_MS
from assay.serving.api.documents import ClassifyDocument
from assay.serving.api.identify import service_of
from assay.serving.api.results import classified_document
from assay.serving.engine import Engine
from assay.serving.further import EXPLAINED, WantedParts
from assay.serving.idempotency import SHAPE, idempotency_key
from assay.serving.identity import Identity
from assay.serving.prediction_writer import Also
from assay.serving.result import Result
from assay.store.consents import Consent

DEADLINE = {
    "name": "X-Deadline-Ms",
    "in": "header",
    "description": "milliseconds within which you want the answer; what would come later is refused at once",
    "schema": {"type": "integer", "minimum": 1, "maximum": LONGEST_MS},
    "example": 2000,
}
REPEAT = "a string of yours; the same request sent again within 24 hours gets the same answer, and is not logged again"
AGREED = (
    "version of the text of GET /v1/consent that whoever is in the pictures has agreed to, and improve behind it where "
    "they may train models too; the pictures of this request are kept"
)
EXPLAIN = (
    "a map over each picture of what spoke for its answer, and what is known about such maps; counts as "
    f"{EXPLAINED} more pictures"
)
PROBE = (
    "asks about each picture once more as a JPEG of quality 75, at three quarters of each side, and with 5 % of each "
    "side cut off; where the answers differ it is for a person; counts as 3 more pictures"
)
NOT_KEPT = "The map was part of the first answer and is not kept; ask without Idempotency-Key for another."
Repeats = Annotated[
    list[Annotated[str, Field(json_schema_extra={"pattern": SHAPE})]] | None,
    Header(alias="Idempotency-Key", description=REPEAT),
]
Agreed = Annotated[str | None, Header(alias="X-Consent", description=AGREED)]
Explain = Annotated[bool, Query(description=EXPLAIN)]
Probe = Annotated[bool, Query(description=PROBE)]


@dataclass(frozen=True)
class Options:
    """What a request asks beside its pictures.

    Attributes:
        repeats: values of its headers Idempotency-Key.
        consent: its X-Consent.
        wanted: about each picture beside its answer.
    """

    repeats: Sequence[str]
    consent: str | None
    wanted: WantedParts


@dataclass(frozen=True)
class Beside:
    """What the answers of a request come with.

    Attributes:
        also: is written in the transaction of the log.
        consent: by which pictures are kept.
        wanted: about each picture.
    """

    also: Also
    consent: Consent | None
    wanted: WantedParts


async def answer_once(
    request: Request,
    response: Response,
    identity: Identity,
    options: Options,
    *,
    address: str,
    parts: Sequence[bytes],
    names: Sequence[str],
    ask: Callable[[Beside], Awaitable[tuple[Engine, list[Result]]]],
) -> ClassifyDocument:
    """Answer a request, or give the answer that the same one has got before.

    Args:
        request: that is answered.
        response: to it.
        identity: who asks.
        options: what is asked beside the pictures.
        address: method and path.
        parts: whatever the answer depends on beside query and consent.
        names: of the pictures, which are not kept.
        ask: has the pictures answered, and logged.

    Raises:
        Refusal: it is not answered, or its only picture cannot be read.
    """
    service, request_id = service_of(request), str(request.state.request_id)
    agreed = service.keeping.consent(identity.key.subject, request_id, options.consent, identity.consent)
    parts = [request.url.query.encode(), (options.consent or "").encode(), *parts]
    key = idempotency_key(options.repeats)
    async with service.idempotency.repeatable(identity, key, address, parts) as before:
        if before.response is not None:
            response.headers["Idempotent-Replayed"] = "true"
            return _repeated(before.response, names)

        def also(engine: Engine, results: list[Result]) -> Callable[[Connection], object] | None:
            if before.request is None or all(each.answer is None for each in results):
                return None
            text = _without_names(classified_document(engine, results, request_id))
            return lambda connection: before.keep(connection, text)

        service.allowance.count_pictures(identity.key.id, options.wanted.work * len(names))
        engine, results = await ask(Beside(also, agreed, options.wanted))
    request.app.state.metrics.looked_at(results)
    if len(results) == 1 and (refusal := results[0].refusal) is not None:
        raise refusal
    return classified_document(engine, results, request_id)


def _without_names(document: ClassifyDocument) -> str:
    """What is kept of an answer for whoever repeats his request, whose pictures have the same names again.

    A map shows the picture, which is kept by consent alone and elsewhere.
    """
    left_out: dict[str, Any] = {"name": True, "explanation": {"png": True}}
    return document.model_dump_json(exclude={"results": {"__all__": left_out}}, exclude_none=True)


def _repeated(response: str, names: Sequence[str]) -> ClassifyDocument:
    kept = json.loads(response)
    results = [{**each, "name": name} for each, name in zip(kept["results"], names, strict=True)]
    for each in results:
        if "explanation" in each:
            each["explanation"]["why"] = each["explanation"]["why"] or NOT_KEPT
    return ClassifyDocument(**{**kept, "results": results})
