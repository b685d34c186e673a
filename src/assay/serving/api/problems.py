"""A refusal as a response: `application/problem+json` (RFC 9457), or what the Open Inference Protocol has instead."""

from __future__ import annotations

import math

from fastapi.responses import JSONResponse

from assay.serving.api.openapi import PROBLEM, is_open_inference
from assay.serving.refusal import Refusal


def refusal_response(refusal: Refusal, path: str, request_id: str) -> JSONResponse:
    """What a client gets.

    Args:
        refusal: why there is no answer.
        path: that was asked.
        request_id: of the request.
    """
    headers = dict(refusal.headers)
    if refusal.retry_after is not None:
        headers["Retry-After"] = str(math.ceil(refusal.retry_after))
    if is_open_inference(path):
        content = {"error": f"{refusal.detail} {refusal.kind.remedy}. (request {request_id})"}
        return JSONResponse(content, status_code=refusal.kind.status, headers=headers)
    document = refusal.document(request_id)
    return JSONResponse(document, status_code=refusal.kind.status, headers=headers, media_type=PROBLEM)
