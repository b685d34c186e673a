"""POST /v1/classify/url: answers about pictures that the service fetches."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response

from assay.internet.web_address import LONGEST
from assay.serving.api.body import json_body, takes_json
from assay.serving.api.deadline import deadline_of
from assay.serving.api.documents import ClassifyDocument, UrlsDocument
from assay.serving.api.identify import identified, service_of
from assay.serving.api.openapi import refused
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
from assay.serving.classify_urls import classify_urls
from assay.serving.engine import Engine
from assay.serving.further import WantedParts
from assay.serving.identity import Identity
from assay.serving.refusal import Refusal
from assay.serving.result import Result

router = APIRouter()


@router.post(
    "/v1/classify/url",
    operation_id="classify_url",
    summary="What a model says about pictures at addresses",
    response_model_exclude_none=True,
    openapi_extra={"parameters": [DEADLINE], **takes_json(UrlsDocument)},
    responses=refused("no-fetch", "format"),
)
async def classify_url(
    request: Request,
    response: Response,
    identity: Annotated[Identity, Depends(identified("classify"))],
    repeats: Repeats = None,
    consent: Agreed = None,
    explain: Explain = False,
    probe: Probe = False,
) -> ClassifyDocument:
    """The service fetches each picture once, from the public internet alone, and keeps no address, and no picture
    without consent.

    Every address of a server is checked before it is connected to, and so is whatever it sends on to. A picture that
    cannot be fetched gets its problem, the others their answers.
    """
    service = service_of(request)
    fetching = service.fetching
    if fetching is None:
        raise Refusal("no-fetch", "The operator has not allowed this service to fetch pictures.")
    seconds = deadline_of(request.headers, service.settings.deadline_ms)
    most = service.settings.pictures
    named = await json_body(request, UrlsDocument, limit=(most + 1) * (4 * LONGEST))
    urls = [*([named.url] if named.url else []), *named.urls]
    if not urls:
        raise Refusal("request", "There is no address in the request: name one in url, or several in urls.")
    if len(urls) > most:
        raise Refusal("too-large", f"{len(urls)} addresses; at most {most} are taken in a request.")
    options = Options(repeats or (), consent, WantedParts(explain, probe))
    request_id: str = request.state.request_id

    async def ask(beside: Beside) -> tuple[Engine, list[Result]]:
        return await classify_urls(
            service,
            fetching,
            identity,
            urls,
            request_id=request_id,
            seconds=seconds,
            also=beside.also,
            consent=beside.consent,
            wanted=beside.wanted,
        )

    parts = [url.encode() for url in urls]
    address = "POST /v1/classify/url"
    return await answer_once(request, response, identity, options, address=address, parts=parts, names=urls, ask=ask)
