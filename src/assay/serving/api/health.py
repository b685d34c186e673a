"""Health and metrics, for whoever runs the service; they need no key and say nothing of anybody."""

from __future__ import annotations

import asyncio

from fastapi import APIRouter, Request, Response
from prometheus_client import CONTENT_TYPE_LATEST
from sqlalchemy import text

from assay.errors import ServiceError
from assay.serving.api.documents import HealthDocument
from assay.serving.api.identify import service_of
from assay.serving.service import Service

router = APIRouter()


@router.get("/v1/health/live", operation_id="live", summary="Whether the process is there")
async def live() -> HealthDocument:
    """200 for as long as the process answers at all, also while it ends."""
    return HealthDocument(status="ok")


@router.get(
    "/v1/health/ready",
    operation_id="ready",
    summary="Whether requests should be sent here",
    responses={503: {"model": HealthDocument, "description": "Not now"}},
)
async def ready(request: Request, response: Response) -> HealthDocument:
    """200 when an engine answers and the store writes; 503 with the reason before that and once it is to end."""
    service = service_of(request)
    if service.admission.closed:
        response.status_code = 503
        return HealthDocument(status="draining", reason="the service was told to end")
    if not await store_writes(service):
        response.status_code = 503
        return HealthDocument(status="no store", reason="the prediction log does not write")
    return HealthDocument(status="ok")


@router.get(
    "/v1/health/watch",
    operation_id="watched",
    summary="Whether somebody watches the model",
    responses={503: {"model": HealthDocument, "description": "Nobody does, and somebody should"}},
)
async def watched(request: Request, response: Response) -> HealthDocument:
    """200 while the watcher looks when it should, or none is to run; 503 once two intervals have passed without it."""
    service = service_of(request)
    state = await asyncio.to_thread(service.watch.state)
    if state is None:
        response.status_code = 503
        return HealthDocument(status="no store", reason="what the watcher has seen cannot be read")
    late = service.watch.late(state, every=3600 * service.settings.watch.every)
    if late:
        response.status_code = 503
        return HealthDocument(status="late", reason=late)
    return HealthDocument(status="off" if state.look is None and not service.settings.watch.every else "ok")


async def store_writes(service: Service) -> bool:
    """Whether the store's writer gets a transaction through within two seconds."""
    try:
        written = service.store.submit(lambda connection: connection.execute(text("SELECT 1")).scalar())
        await asyncio.wait_for(asyncio.wrap_future(written), 2)
    except (ServiceError, TimeoutError):
        return False
    return True


@router.get("/metrics", include_in_schema=False)
async def metrics(request: Request) -> Response:
    """Counts as Prometheus reads them."""
    text = await asyncio.to_thread(request.app.state.metrics.text)  # what the watcher has seen is read from the store
    return Response(text, media_type=CONTENT_TYPE_LATEST)
