"""POST /v1/classify: answers about the pictures of a request."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response

from assay.serving.api.body import limited_body
from assay.serving.api.deadline import deadline_of
from assay.serving.api.documents import ClassifyDocument
from assay.serving.api.identify import identified, service_of
from assay.serving.api.options import (
    DEADLINE,
    Agreed,
    Beside,
    Explain,
    Options,
    Probe,
    Repeats,
    answer_once,
)
from assay.serving.engine import Engine
from assay.serving.further import WantedParts
from assay.serving.identity import Identity
from assay.serving.result import Result
from assay.serving.settings import MEGABYTE
from assay.serving.upload import uploads_of

router = APIRouter()
PICTURE = {"schema": {"type": "string", "format": "binary"}}
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
    consent: Agreed = None,
    explain: Explain = False,
    probe: Probe = False,
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
    options = Options(repeats or (), consent, WantedParts(explain, probe))
    request_id: str = request.state.request_id

    async def ask(beside: Beside) -> tuple[Engine, list[Result]]:
        return await service.classify(
            identity,
            uploads,
            request_id=request_id,
            seconds=seconds,
            consent=beside.consent,
            also=beside.also,
            wanted=beside.wanted,
        )

    return await answer_once(
        request,
        response,
        identity,
        options,
        address="POST /v1/classify",
        parts=[part for each in uploads for part in (each.name.encode(), each.content)],
        names=[each.name for each in uploads],
        ask=ask,
    )


async def _body(request: Request, most: int, largest: int) -> bytes:
    """The body; a form may hold several pictures."""
    form = request.headers.get("content-type", "").lower().startswith("multipart/")
    return await limited_body(request, most if form else largest)
