"""POST /v1/classify: answers about the pictures of a request."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Header, Query, Request, Response
from pydantic import Field
from sqlalchemy import Connection

from assay.serving.api.body import limited_body
from assay.serving.api.deadline import LONGEST_MS, deadline_of
from assay.serving.api.documents import ClassifyDocument, ModelDocument, Problem, ResultDocument
from assay.serving.api.identify import identified, service_of
from assay.serving.classified import answer_document
from assay.serving.disclaimer import DISCLAIMER
from assay.serving.engine import Engine
from assay.serving.further import EXPLAINED, Wanted
from assay.serving.idempotency import SHAPE, idempotency_key
from assay.serving.identity import Identity
from assay.serving.model_card import limits_of_bundle
from assay.serving.result import Result
from assay.serving.settings import MEGABYTE
from assay.serving.upload import Upload, uploads_of

router = APIRouter()
PICTURE = {"schema": {"type": "string", "format": "binary"}}
DEADLINE = {
    "name": "X-Deadline-Ms",
    "in": "header",
    "description": "milliseconds within which you want the answer; what would come later is refused at once",
    "schema": {"type": "integer", "minimum": 1, "maximum": LONGEST_MS},
    "example": 2000,
}
BODY = {
    "parameters": [DEADLINE],
    "requestBody": {
        "required": True,
        "content": {
            **{f"image/{kind}": PICTURE for kind in ("jpeg", "png", "webp", "gif")},
            "application/octet-stream": PICTURE,
            "multipart/form-data": {
                "schema": {
                    "type": "object",
                    "properties": {"file": {"type": "array", "items": {"type": "string", "format": "binary"}}},
                }
            },
        },
    },
}
REPEAT = "a string of yours; the same request sent again within 24 hours gets the same answer, and is not logged again"
Repeats = Annotated[
    list[Annotated[str, Field(json_schema_extra={"pattern": SHAPE})]] | None,
    Header(alias="Idempotency-Key", description=REPEAT),
]
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


@router.post(
    "/v1/classify",
    operation_id="classify",
    summary="What a model says about pictures",
    response_model_exclude_none=True,
    openapi_extra=BODY,
)
async def classify(
    request: Request,
    response: Response,
    identity: Annotated[Identity, Depends(identified("classify"))],
    repeats: Repeats = None,
    consent: Annotated[str | None, Header(alias="X-Consent", description=AGREED)] = None,
    explain: Annotated[bool, Query(description=EXPLAIN)] = False,
    probe: Annotated[bool, Query(description=PROBE)] = False,
) -> ClassifyDocument:
    """Send the bytes of one picture as the body, or several as files of a form. None is kept without consent.

    A picture that cannot be read gets its problem, the others their answers; a request whose only picture cannot be
    read is answered with 422.
    """
    service = service_of(request)
    seconds = deadline_of(request.headers, service.settings.deadline_ms)
    # What was answered already is given again also where nothing new is let in; and a service that is ending closes its
    # connections, which resets one whose body was not read, so that its client never sees the refusal.
    if not repeats and not service.admission.closed:
        service.admission.refuse_now(1, seconds)  # reading bodies that nobody answers would take the time of the others
    body = await _body(request, int(service.settings.request_mb * MEGABYTE), service.largest_picture)
    kind = request.headers.get("content-type", "")
    uploads = uploads_of(kind, body, most=service.settings.pictures, largest=service.largest_picture)
    request_id: str = request.state.request_id
    agreed = service.keeping.consent(identity.key.subject, request_id, consent, identity.consent)
    parts = [request.url.query.encode(), (consent or "").encode()]
    parts += [part for each in uploads for part in (each.name.encode(), each.content)]
    key = idempotency_key(repeats or ())
    async with service.idempotency.repeatable(identity, key, "POST /v1/classify", parts) as before:
        if before.response is not None:
            response.headers["Idempotent-Replayed"] = "true"
            return _repeated(before.response, uploads)

        def also(engine: Engine, results: list[Result]) -> Callable[[Connection], object] | None:
            if before.request is None or all(each.answer is None for each in results):
                return None
            text = _without_names(classified_document(engine, results, request_id))
            return lambda connection: before.keep(connection, text)

        wanted = Wanted(explain, probe)
        service.allowance.count_pictures(identity.key.id, wanted.work * len(uploads))
        engine, results = await service.classify(
            identity, uploads, request_id=request_id, seconds=seconds, consent=agreed, also=also, wanted=wanted
        )
    request.app.state.metrics.looked_at(results)
    if len(results) == 1 and (refusal := results[0].refusal) is not None:
        raise refusal
    return classified_document(engine, results, request_id)


def classified_document(engine: Engine, results: list[Result], request_id: str) -> ClassifyDocument:
    """What is answered about the pictures of a request."""
    return ClassifyDocument(
        request_id=request_id,
        model=model_document(engine),
        results=[_result(each, engine, request_id) for each in results],
        disclaimer=DISCLAIMER,
        limits=list(limits_of_bundle(engine.bundle)),
    )


def _without_names(document: ClassifyDocument) -> str:
    """What is kept of an answer for whoever repeats his request, whose files have the same names again.

    A map shows the picture, which is kept by consent alone and elsewhere.
    """
    left_out: dict[str, Any] = {"name": True, "explanation": {"png": True}}
    return document.model_dump_json(exclude={"results": {"__all__": left_out}}, exclude_none=True)


def _repeated(response: str, uploads: Sequence[Upload]) -> ClassifyDocument:
    kept = json.loads(response)
    results = [{**each, "name": upload.name} for each, upload in zip(kept["results"], uploads, strict=True)]
    for each in results:
        if "explanation" in each:
            each["explanation"]["why"] = each["explanation"]["why"] or NOT_KEPT
    return ClassifyDocument(**{**kept, "results": results})


def model_document(engine: Engine) -> ModelDocument:
    """Which model an engine is of."""
    origin = engine.origin
    return ModelDocument(
        name=origin.model, version=origin.version, bundle=engine.digest, serves=engine.bundle.about.serves
    )


def _result(each: Result, engine: Engine, request_id: str) -> ResultDocument:
    timing = {stage: round(milliseconds, 2) for stage, milliseconds in each.timing_ms.items()}
    common: dict[str, Any] = {
        "id": each.id,
        "name": each.name,
        "cached": each.cached,
        "timing_ms": timing,
        "kept": each.kept,
    }
    if each.answer is None:
        problem = None if each.refusal is None else Problem(**each.refusal.document(request_id))
        return ResultDocument(**common, for_a_person=True, problem=problem)
    members = {**answer_document(each.answer, engine), **each.further.document_with_map()}
    members["for_a_person"] = members["for_a_person"] or each.further.for_a_person
    return ResultDocument(**common, **members)


async def _body(request: Request, most: int, largest: int) -> bytes:
    """The body; a form may hold several pictures."""
    form = request.headers.get("content-type", "").lower().startswith("multipart/")
    return await limited_body(request, most if form else largest)
