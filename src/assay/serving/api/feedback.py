"""POST /v1/predictions/ID/feedback: what a client says about an answer."""

from __future__ import annotations

import asyncio
from typing import Annotated

from fastapi import APIRouter, Depends, Request

from assay.errors import ServiceError
from assay.serving.api.body import json_body, takes_json
from assay.serving.api.documents import FeedbackDocument, SaidDocument
from assay.serving.api.identify import identified, service_of
from assay.serving.identity import Identity
from assay.serving.refusal import Refusal
from assay.store.feedback import LABEL, RIGHT, Feedback, keep_feedback

router = APIRouter()


@router.post(
    "/v1/predictions/{prediction}/feedback",
    operation_id="feedback",
    summary="Say whether one of your answers is right",
    openapi_extra=takes_json(SaidDocument),
)
async def feedback(
    request: Request, identity: Annotated[Identity, Depends(identified("classify"))], prediction: str
) -> FeedbackDocument:
    """Saying the same again changes nothing; saying something else replaces it.

    It is a hint for whoever reviews the picture: nothing is trained or tested on it before a person has looked.
    """
    body = await json_body(request, SaidDocument)
    if body.kind == LABEL and not body.label.strip():
        raise Refusal("request", "kind label proposes a class; name it in label.")
    if body.kind == RIGHT and body.label.strip():
        raise Refusal("request", "kind right says that the answer holds; a label goes with wrong or label.")
    subject, key = identity.key.subject, identity.key.id
    stated = Feedback(prediction, subject, key, body.kind, body.label.strip(), body.comment.strip())
    try:
        written = service_of(request).store.submit(lambda connection: keep_feedback(connection, stated))
        kept = await asyncio.wrap_future(written)
    except ServiceError as error:
        raise Refusal("unwritten", "The feedback cannot be written.", retry_after=5) from error
    if kept is None:
        raise Refusal("not-found", "You have no answer with this id.")
    stands, changed = kept
    return FeedbackDocument(
        prediction=stands.prediction,
        time=stands.time,
        kind=stands.kind,
        label=stands.label,
        comment=stands.comment,
        changed=changed,
    )
