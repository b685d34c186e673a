"""GET /v1/predictions: what the key's owner has asked before."""

from __future__ import annotations

import asyncio
from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request

from assay.serving.api.documents import PredictionDocument, PredictionPage
from assay.serving.api.identify import identified, service_of
from assay.serving.identity import Identity
from assay.serving.refusal import Refusal
from assay.store.prediction_log import PredictionRecord, prediction_of, predictions_of

router = APIRouter()
ID = r"^[0-9a-f-]{36}$"
Owner = Annotated[Identity, Depends(identified("classify"))]


@router.get("/v1/predictions", operation_id="predictions", summary="Your answers, the newest first")
async def predictions(
    request: Request,
    identity: Owner,
    before: Annotated[str, Query(pattern=r"^([0-9a-f-]{36})?$", description="`next` of the page before")] = "",
    limit: Annotated[int, Query(ge=1, le=1000, description="most of a page")] = 100,
) -> PredictionPage:
    """A page of the answers that keys of your owner have got."""
    store, subject = service_of(request).store, identity.key.subject

    def read() -> list[PredictionRecord]:
        with store.reading() as connection:
            return predictions_of(connection, subject, before=before, limit=limit)

    records = await asyncio.to_thread(read)
    return PredictionPage(
        predictions=[_document(each) for each in records], next=records[-1].id if len(records) == limit else ""
    )


@router.get("/v1/predictions/{prediction}", operation_id="prediction", summary="One of your answers")
async def prediction(request: Request, identity: Owner, prediction: str) -> PredictionDocument:
    """An answer by its id. One of somebody else is not there."""
    store, subject = service_of(request).store, identity.key.subject

    def read() -> PredictionRecord | None:
        with store.reading() as connection:
            return prediction_of(connection, subject, prediction)

    record = await asyncio.to_thread(read)
    if record is None:
        raise Refusal("not-found", "You have no answer with this id.")
    return _document(record)


def _document(record: PredictionRecord) -> PredictionDocument:
    return PredictionDocument(
        id=record.id,
        time=record.time,
        request_id=record.request,
        model=record.model,
        version=record.version,
        bundle=record.bundle,
        answer=dict(record.answer),
        total_ms=record.total_ms,
        kept=record.kept,
    )
