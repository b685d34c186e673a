"""POST /v1/classify: answers about the pictures of a request."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request, Response

from assay.serving.api.body import limited_body
from assay.serving.api.documents import ClassifyDocument, ModelDocument, Problem, ResultDocument
from assay.serving.api.identify import identified, service_of
from assay.serving.classified import answer_document
from assay.serving.disclaimer import DISCLAIMER
from assay.serving.engine import Engine
from assay.serving.identity import Identity
from assay.serving.model_card import limits_of_bundle
from assay.serving.refusal import Refusal
from assay.serving.service import Result
from assay.serving.settings import MEGABYTE
from assay.serving.upload import uploads_of

router = APIRouter()
PICTURE = {"schema": {"type": "string", "format": "binary"}}
BODY = {
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
LONGEST_MS = 600_000


@router.post(
    "/v1/classify",
    operation_id="classify",
    summary="What a model says about pictures",
    response_model_exclude_none=True,
    openapi_extra=BODY,
)
async def classify(
    request: Request, response: Response, identity: Annotated[Identity, Depends(identified("classify"))]
) -> ClassifyDocument:
    """Send the bytes of one picture as the body, or several as files of a form. None is kept without consent.

    A picture that cannot be read gets its problem, the others their answers; a request whose only picture cannot be
    read is answered with 422.
    """
    service = service_of(request)
    seconds = _deadline(request, service.settings.deadline_ms)
    body = await _body(request, int(service.settings.request_mb * MEGABYTE), service.largest_picture)
    kind = request.headers.get("content-type", "")
    uploads = uploads_of(kind, body, most=service.settings.pictures, largest=service.largest_picture)
    service.allowance.count_pictures(identity.key.id, len(uploads))
    request_id: str = request.state.request_id
    engine, results = await service.classify(identity, uploads, request_id=request_id, seconds=seconds)
    request.app.state.metrics.looked_at(results)
    if len(results) == 1 and (refusal := results[0].refusal) is not None:
        raise refusal
    return ClassifyDocument(
        request_id=request_id,
        model=model_document(engine),
        results=[_result(each, engine, request_id) for each in results],
        disclaimer=DISCLAIMER,
        limits=list(limits_of_bundle(engine.bundle)),
    )


def model_document(engine: Engine) -> ModelDocument:
    """Which model an engine is of."""
    origin = engine.origin
    return ModelDocument(
        name=origin.model, version=origin.version, bundle=engine.digest, serves=engine.bundle.about.serves
    )


def _result(each: Result, engine: Engine, request_id: str) -> ResultDocument:
    timing = {stage: round(milliseconds, 2) for stage, milliseconds in each.timing_ms.items()}
    common: dict[str, Any] = {"id": each.id, "name": each.name, "cached": each.cached, "timing_ms": timing}
    if each.answer is None:
        problem = None if each.refusal is None else Problem(**each.refusal.document(request_id))
        return ResultDocument(**common, for_a_person=True, problem=problem)
    return ResultDocument(**common, **answer_document(each.answer, engine))


def _deadline(request: Request, default_ms: int) -> float:
    text = request.headers.get("x-deadline-ms", str(default_ms))
    if not text.isascii() or not text.isdecimal() or not 1 <= int(text) <= LONGEST_MS:
        raise Refusal("request", f"X-Deadline-Ms is a whole number of milliseconds from 1 to {LONGEST_MS}.")
    return int(text) / 1000


async def _body(request: Request, most: int, largest: int) -> bytes:
    """The body; a form may hold several pictures."""
    form = request.headers.get("content-type", "").lower().startswith("multipart/")
    return await limited_body(request, most if form else largest)
