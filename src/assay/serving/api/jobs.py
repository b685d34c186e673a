"""/v1/jobs: many pictures at once, answered when nobody else waits."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack
from datetime import datetime
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Query, Request, Response
from fastapi.responses import StreamingResponse
from sqlalchemy import Connection

from assay.internet.web_address import LONGEST
from assay.serving.api.identify import identified, service_of
from assay.serving.api.job_documents import JobDocument, JobPage, SubmittedJobDocument, WebhookDocument
from assay.serving.api.openapi import refused
from assay.serving.api.options import Agreed, Repeats
from assay.serving.idempotency import idempotency_key
from assay.serving.identity import Identity
from assay.serving.jobs.jobs import Jobs
from assay.serving.jobs.results import JSONL, PARQUET, all_results, as_lines, as_parquet
from assay.serving.refusal import Refusal
from assay.store.ids import now
from assay.store.jobs import Job
from assay.store.webhooks import Webhook

router = APIRouter()
Owner = Annotated[Identity, Depends(identified("classify"))]
FILE = {"schema": {"type": "string", "format": "binary"}}
LIST = {"schema": {"type": "array", "items": {"type": "string"}}, "example": ["https://example.org/photo.jpg"]}
WEBHOOK = "address of https to which the end of the job is told; what it is signed with is in the answer"
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
    responses=refused("job", "no-room", "no-fetch", "address"),
)
async def submit(
    request: Request,
    response: Response,
    identity: Owner,
    repeats: Repeats = None,
    consent: Agreed = None,
    webhook: Annotated[str, Query(description=WEBHOOK, max_length=LONGEST)] = "",
) -> SubmittedJobDocument:
    """Send a ZIP of pictures as the body, or their addresses: a JSON list, JSONL or CSV with `url`.

    They are answered in their order, each as by /v1/classify. What was sent is deleted when the job ends, the results
    some days later. With consent, of the job or of your owner before, the pictures are kept as those of /v1/classify.
    With `webhook` its end is told by a POST that is signed as Standard Webhooks has it, until it is
    answered with 2xx, for some 28 hours.
    """
    service = service_of(request)
    jobs = service.jobs
    key = idempotency_key(repeats or ())
    length = request.headers.get("content-length", "")
    if length.isdecimal() and int(length) > jobs.bounds.job_bytes:
        raise Refusal("too-large", f"{length} bytes; at most {jobs.bounds.job_bytes} are taken.")
    service.keeping.consent(identity.key.subject, "", consent, None)  # another version is refused before the body
    address = jobs.webhook_address(webhook) if webhook else ""
    async with AsyncExitStack() as stack:
        received = await jobs.receive(await stack.enter_async_context(jobs.room(identity)), request.stream())
        parts = [request.url.query.encode(), received.digest, *([consent.encode()] if consent else [])]
        before = await stack.enter_async_context(service.idempotency.repeatable(identity, key, "POST /v1/jobs", parts))
        if before.response is not None:
            response.headers["Idempotent-Replayed"] = "true"
            received.path.unlink()
            document = SubmittedJobDocument.model_validate_json(before.response)
        else:
            agreed = service.keeping.consent(identity.key.subject, received.id, consent, None)

            def also(connection: Connection, job: Job) -> None:
                before.keep(connection, _submitted(job, address).model_dump_json())

            document = _submitted(await jobs.add(identity, received, also, webhook=address, consent=agreed), address)
    if address:
        document = document.model_copy(update={"webhook_secret": await jobs.webhook_secret(document.id)})
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
    webhooks = await service_of(request).jobs.webhooks(page)
    return JobPage(
        jobs=[_document(each, webhooks.get(each.id)) for each in page], next=page[-1].id if len(page) == limit else ""
    )


@router.get("/v1/jobs/{job}", operation_id="job", summary="How far a job is")
async def job(request: Request, identity: Owner, job: str) -> JobDocument:
    """A job by its id. One of somebody else is not there."""
    jobs = service_of(request).jobs
    return await _with_webhook(jobs, await jobs.job(identity.key.subject, job))


@router.post("/v1/jobs/{job}/cancel", operation_id="cancel_job", summary="Answer no more of a job")
async def cancel(request: Request, identity: Owner, job: str) -> JobDocument:
    """Once this is answered, no further picture is. Its results so far stay; a job that has ended stays as it is."""
    jobs = service_of(request).jobs
    return await _with_webhook(jobs, await jobs.cancel(identity.key.subject, job))


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


async def _with_webhook(jobs: Jobs, job: Job) -> JobDocument:
    return _document(job, (await jobs.webhooks([job])).get(job.id))


def _submitted(job: Job, webhook: str) -> SubmittedJobDocument:
    """What is kept for whoever repeats his request; the secret is made again, and kept nowhere."""
    document = _document(job, Webhook(job.id, webhook) if webhook else None)
    return SubmittedJobDocument(**document.model_dump())


def _document(job: Job, webhook: Webhook | None) -> JobDocument:
    names = ("id", "state", "kind", "total", "done", "failed", "created", "started", "ended", "expires", "error")
    fields = ("url", "state", "attempts", "next", "error", "delivered")
    return JobDocument(
        **{name: getattr(job, name) for name in names},
        rate=_rate(job),
        results=f"/v1/jobs/{job.id}/results",
        webhook=None if webhook is None else WebhookDocument(**{name: getattr(webhook, name) for name in fields}),
    )


def _rate(job: Job) -> float:
    """Pictures a second since it was started."""
    if not job.started:
        return 0.0
    seconds = (datetime.fromisoformat(job.ended or now()) - datetime.fromisoformat(job.started)).total_seconds()
    return round(job.looked_at / max(seconds, 0.001), 3)
