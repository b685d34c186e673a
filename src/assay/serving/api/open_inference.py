"""/v2: KServe's Open Inference Protocol beside /v1, by the same engine, keys, limits and log."""

from __future__ import annotations

import asyncio
from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response

from assay.serving.api.body import limited_body, takes_json
from assay.serving.api.deadline import deadline_of
from assay.serving.api.health import store_writes
from assay.serving.api.identify import identified, service_of
from assay.serving.api.tensor_documents import (
    InferRequest,
    InferResponse,
    LiveDocument,
    ModelMetadata,
    ModelReadyDocument,
    ServerDocument,
    ServerReadyDocument,
)
from assay.serving.api.tensors import (
    HEADER,
    answered,
    inputs_of,
    outputs_of,
    read_request,
    wanted_outputs,
    write_response,
)
from assay.serving.engine import Engine
from assay.serving.identity import Identity
from assay.serving.refusal import Refusal
from assay.serving.settings import MEGABYTE
from assay.serving.upload import refuse_unfit
from assay.version import __version__

router = APIRouter()
UNNAMED = "assay"
"""Name of a model that is in no registry: a run's, or a folder's."""
Owner = Annotated[Identity, Depends(identified("classify"))]


@router.get("/v2", operation_id="v2_server", summary="Which server this is")
async def server(identity: Owner) -> ServerDocument:
    """Its name, its version, and what it knows beyond the protocol."""
    return ServerDocument(name=UNNAMED, version=__version__, extensions=["binary_tensor_data"])


@router.get("/v2/health/live", operation_id="v2_live", summary="Whether the process is there")
async def live() -> LiveDocument:
    """200 for as long as the process answers at all."""
    return LiveDocument(live=True)


@router.get(
    "/v2/health/ready",
    operation_id="v2_ready",
    summary="Whether requests should be sent here",
    responses={503: {"model": ServerReadyDocument, "description": "Not now"}},
)
async def ready(request: Request, response: Response) -> ServerReadyDocument:
    """200 when an engine answers and the store writes; else 503."""
    is_ready = await _is_ready(request, response)
    return ServerReadyDocument(live=True, ready=is_ready)


@router.get("/v2/models/{model}", operation_id="v2_model", summary="What the model takes and gives")
@router.get("/v2/models/{model}/versions/{version}", operation_id="v2_model_version", summary="The same of one version")
async def model(request: Request, identity: Owner, model: str, version: str = "") -> ModelMetadata:
    """Names, types and shapes of its tensors."""
    engine = service_of(request).arms.answering(identity.key).engine
    _refuse_other(engine, model, version)
    return ModelMetadata(
        name=model,
        versions=[engine.origin.version] if engine.origin.version else [],
        platform=f"assay_{engine.bundle.about.serves}",
        inputs=inputs_of(),
        outputs=outputs_of(engine.class_names),
    )


@router.get(
    "/v2/models/{model}/ready",
    operation_id="v2_model_ready",
    summary="Whether requests should be sent to the model",
    responses={503: {"model": ModelReadyDocument, "description": "Not now"}},
)
@router.get(
    "/v2/models/{model}/versions/{version}/ready",
    operation_id="v2_model_version_ready",
    summary="The same of one version",
    responses={503: {"model": ModelReadyDocument, "description": "Not now"}},
)
async def model_ready(request: Request, response: Response, model: str, version: str = "") -> ModelReadyDocument:
    """200 when it answers, else 503; 404 where another model does."""
    _refuse_other(service_of(request).holder.engine, model, version)
    return ModelReadyDocument(name=model, ready=await _is_ready(request, response))


@router.post(
    "/v2/models/{model}/infer",
    operation_id="v2_infer",
    summary="What the model says about pictures",
    openapi_extra=takes_json(InferRequest),
    response_model=InferResponse,
)
@router.post(
    "/v2/models/{model}/versions/{version}/infer",
    operation_id="v2_infer_version",
    summary="What one version says about pictures",
    openapi_extra=takes_json(InferRequest),
    response_model=InferResponse,
)
async def infer(request: Request, response: Response, identity: Owner, model: str, version: str = "") -> Response:
    """One input, `picture`, BYTES of shape [N]: the files of N pictures, in base64, or as bytes behind the JSON.

    Where one of them cannot be read, none is answered: tensors have no holes.
    """
    service = service_of(request)
    _refuse_other(service.arms.answering(identity.key).engine, model, version)
    seconds = deadline_of(request.headers, service.settings.deadline_ms)
    body = await limited_body(request, int(service.settings.request_mb * MEGABYTE))
    asked, uploads = await asyncio.to_thread(read_request, body, request.headers.get(HEADER, ""))
    wanted_outputs(asked)
    refuse_unfit(uploads, most=service.settings.pictures, largest=service.largest_picture)
    service.allowance.count_pictures(identity.key.id, len(uploads))
    request_id: str = request.state.request_id
    agreed = service.keeping.consent(identity.key.subject, request_id, None, identity.consent)
    engine, results = await service.classify(identity, uploads, request_id=request_id, seconds=seconds, consent=agreed)
    request.app.state.metrics.looked_at(results)
    _refuse_other(engine, model, version)
    for each in results:
        if each.refusal is not None:
            raise Refusal(each.refusal.name, f"{each.name}: {each.refusal.detail}", each.refusal.retry_after)
    answers = [each.answer for each in results if each.answer is not None]
    document = InferResponse(
        model_name=model,
        model_version=engine.origin.version or None,
        id=asked.id,
        parameters={"request_id": request_id, "bundle": engine.digest},
        outputs=[],
    )
    outputs = answered(asked, [each.id for each in results], answers, engine.class_names)
    content, head = write_response(asked, document, outputs)
    if head == len(content):
        return Response(content, media_type="application/json", headers=dict(response.headers))
    headers = {**response.headers, HEADER: str(head)}
    return Response(content, media_type="application/octet-stream", headers=headers)


def _refuse_other(engine: Engine, model: str, version: str) -> None:
    name = engine.origin.model or UNNAMED
    if model != name:
        raise Refusal("not-found", f"There is no model {model} here; {name} answers.")
    if version and version != engine.origin.version:
        answers = f"version {engine.origin.version}" if engine.origin.version else "a model without versions"
        raise Refusal("not-found", f"Version {version} of {model} does not answer here; {answers} does.")


async def _is_ready(request: Request, response: Response) -> bool:
    service = service_of(request)
    is_ready = not service.admission.closed and await store_writes(service)
    if not is_ready:
        response.status_code = 503
    return is_ready
