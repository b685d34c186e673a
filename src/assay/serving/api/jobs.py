"""/v1/jobs: many pictures at once, answered when nobody else waits."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack
from datetime import datetime
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Query, Request, Response
from fastapi.responses import StreamingResponse
from sqlalchemy import Connection

from assay.serving.api.classify import Repeats
from assay.serving.api.identify import identified, service_of
from assay.serving.api.job_documents import JobDocument, JobPage
from assay.serving.api.openapi import refused
from assay.serving.idempotency import idempotency_key
from assay.serving.identity import Identity
from assay.serving.jobs.results import JSONL, PARQUET, all_results, as_lines, as_parquet
from assay.serving.refusal import Refusal
from assay.store.ids import now
from assay.store.jobs import Job

router = APIRouter()
Owner = Annotated[Identity, Depends(identified("classify"))]
FILE = {"schema": {"type": "string", "format": "binary"}}
LIST = {"schema": {"type": "array", "items": {"type": "string"}}, "example": ["https://example.org/photo.jpg"]}
KINDS = ("application/zip", "application/octet-stream", "application/jsonl", "text/csv")
BODY = {
    "requestBody": {"required": True, "content": {**dict.fromkeys(KINDS, FILE), "application/json": LIST}},
}
RESULTS: dict[int | str, dict[str, Any]] = {
    200: {"description": "a line or a row for each picture", "content": {JSONL: FILE, PARQUET: FILE}}
}


@router.post(
    "/v1/jobs",
    operation_id="submit_job",
    summary="Many pictures, answered when nobody else waits",
    status_code=202,
    openapi_extra=BODY,
    responses=refused("job", "no-room", "no-fetch"),
)
async def submit(
    request: Request,
    response: Response,
    identity: Owner,
    repeats: Repeats = None,
) -> JobDocument:
    """Send a ZIP of pictures as the body, or their addresses: a JSON list, JSONL or CSV with `url`.

    They are answered in their order, each as by /v1/classify. What was sent is deleted when the job ends, the results
    some days later.
    """
    service = service_of(request)
    jobs = service.jobs
    key = idempotency_key(repeats or ())
    length = request.headers.get("content-length", "")
    if length.isdecimal() and int(length) > jobs.bounds.job_bytes:
        raise Refusal("too-large", f"{length} bytes; at most {jobs.bounds.job_bytes} are taken.")
    async with AsyncExitStack() as stack:
        received = await jobs.receive(await stack.enter_async_context(jobs.room(identity)), request.stream())
        parts = [request.url.query.encode(), received.digest]
        before = await stack.enter_async_context(service.idempotency.repeatable(identity, key, "POST /v1/jobs", parts))
        if before.response is not None:
            response.headers["Idempotent-Replayed"] = "true"
            received.path.unlink()
            document = JobDocument.model_validate_json(before.response)
        else:

            def also(connection: Connection, job: Job) -> None:
                before.keep(connection, _document(job).model_dump_json())

            document = _document(await jobs.add(identity, received, also))
    response.headers["Location"] = f"/v1/jobs/{document.id}"
    return document


@router.get("/v1/jobs", operation_id="jobs", summary="Your jobs, the newest first")
async def jobs(
    request: Request,
    identity: Owner,
    before: Annotated[str, Query(pattern=r"^([0-9a-f-]{36})?$", description="`next` of the page before")] = "",
    limit: Annotated[int, Query(ge=1, le=1000, description="most of a page")] = 100,
) -> JobPage:
    """A page of the jobs that keys of your owner have sent, until their results expire."""
    page = await service_of(request).jobs.jobs(identity.key.subject, before=before, limit=limit)
    return JobPage(jobs=[_document(each) for each in page], next=page[-1].id if len(page) == limit else "")


@router.get("/v1/jobs/{job}", operation_id="job", summary="How far a job is")
async def job(request: Request, identity: Owner, job: str) -> JobDocument:
    """A job by its id. One of somebody else is not there."""
    return _document(await service_of(request).jobs.job(identity.key.subject, job))


@router.post("/v1/jobs/{job}/cancel", operation_id="cancel_job", summary="Answer no more of a job")
async def cancel(request: Request, identity: Owner, job: str) -> JobDocument:
    """Once this is answered, no further picture is. Its results so far stay; a job that has ended stays as it is."""
    return _document(await service_of(request).jobs.cancel(identity.key.subject, job))


@router.delete(
    "/v1/jobs/{job}", operation_id="delete_job", summary="Cancel a job and delete its results", status_code=204
)
async def delete(request: Request, identity: Owner, job: str) -> None:
    """The answers themselves stay in your predictions."""
    await service_of(request).jobs.delete(identity.key.subject, job)


@router.get(
    "/v1/jobs/{job}/results",
    operation_id="job_results",
    summary="What a job has answered so far",
    response_class=Response,
    responses=RESULTS,
)
async def results(
    request: Request,
    identity: Owner,
    job: str,
    shape: Annotated[
        Literal["jsonl", "parquet"] | None, Query(alias="format", description="else by Accept; jsonl without either")
    ] = None,
) -> Response:
    """In the order of the pictures; each has its number and name, and its answer or its problem."""
    service = service_of(request)
    kept = await service.jobs.job(identity.key.subject, job)
    wants_parquet = shape == "parquet" if shape else "parquet" in request.headers.get("accept", "")
    headers = {"Content-Disposition": f'attachment; filename="{kept.id}.{"parquet" if wants_parquet else "jsonl"}"'}
    answered = all_results(service.store, kept.id)
    if not wants_parquet:
        return StreamingResponse(as_lines(answered), media_type=JSONL, headers=headers)
    return Response(await asyncio.to_thread(as_parquet, answered), media_type=PARQUET, headers=headers)


def _document(job: Job) -> JobDocument:
    names = ("id", "state", "kind", "total", "done", "failed", "created", "started", "ended", "expires", "error")
    return JobDocument(
        **{name: getattr(job, name) for name in names}, rate=_rate(job), results=f"/v1/jobs/{job.id}/results"
    )


def _rate(job: Job) -> float:
    """Pictures a second since it was started."""
    if not job.started:
        return 0.0
    seconds = (datetime.fromisoformat(job.ended or now()) - datetime.fromisoformat(job.started)).total_seconds()
    return round(job.looked_at / max(seconds, 0.001), 3)
