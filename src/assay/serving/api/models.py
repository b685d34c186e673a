"""GET /v1/models and /v1/stats: what answers, what was measured of it, and what was answered."""

from __future__ import annotations

import asyncio
import re
from dataclasses import asdict
from typing import Annotated

from fastapi import APIRouter, Depends, Request

from assay.serving.api.documents import (
    ExperimentDocument,
    FactDocument,
    LoadDocument,
    ServedModelDocument,
    StatsDocument,
)
from assay.serving.api.identify import identified, service_of
from assay.serving.api.results import model_document
from assay.serving.holder import Holder
from assay.serving.identity import Identity
from assay.serving.model_card import model_card
from assay.serving.service import Service
from assay.store.prediction_log import LogCounts, log_counts

router = APIRouter()
FOLDERS = re.compile(r"(?<![\w/.])/+(?:[^\s:/]+/)+")
"""Folders of an absolute path, its last part left out; of a URL too."""


@router.get("/v1/models", operation_id="models", summary="The model that answers")
async def models(
    request: Request, identity: Annotated[Identity, Depends(identified("classify"))]
) -> ServedModelDocument:
    """Its classes, its evidence in a few lines, what it cannot tell, and the attempts to let another one answer."""
    service = service_of(request)
    holder = service.holder
    engine = holder.engine
    card = model_card(engine)
    facts = [
        FactDocument(
            what=fact.what, value=fact.measured.value, low=fact.measured.low, high=fact.measured.high, n=fact.measured.n
        )
        for fact in card.evidence
    ]
    return ServedModelDocument(
        model=model_document(engine),
        since=holder.since,
        classes=list(engine.class_names),
        evidence=facts,
        limits=list(card.limits),
        loads=_loads(holder),
        experiment=_experiment(service),
    )


def _loads(holder: Holder) -> list[LoadDocument]:
    """Attempts as clients hear of them: where something lies on this machine is for the operator's log and trail."""
    return [
        LoadDocument(
            time=attempt.time,
            source=FOLDERS.sub("", attempt.source),
            bundle=attempt.bundle,
            error=FOLDERS.sub("", attempt.error),
        )
        for attempt in holder.attempts
    ]


def _experiment(service: Service) -> ExperimentDocument | None:
    experiment, rival = service.arms.experiment, service.arms.rival
    if experiment is None or rival is None:
        return None
    return ExperimentDocument(
        **asdict(experiment),
        model=model_document(rival.engine),
        since=rival.since,
        stopped=service.arms.stopped,
        shadow=asdict(service.shadow.counts),
        loads=_loads(rival),
    )


@router.get("/v1/stats", operation_id="stats", summary="What the log holds")
async def stats(request: Request, identity: Annotated[Identity, Depends(identified("admin"))]) -> StatsDocument:
    """Counts of all answers, of whoever asked, and what is going on now."""
    service = service_of(request)

    def read() -> LogCounts:
        with service.store.reading() as connection:
            return log_counts(connection)

    counts = await asyncio.to_thread(read)
    return StatsDocument(
        **asdict(counts), waiting=service.admission.inside, seconds_each=round(service.admission.seconds_each, 4)
    )
