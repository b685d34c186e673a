"""What one has asked before: pages of it, and all of it as a file."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from assay.serving.pages.room import Room
from assay.serving.pages.view import view_of_answer
from assay.spreadsheet import csv_text
from assay.store.prediction_log import PredictionRecord, predictions_of

PAGE, MOST = 50, 1_000
"""Answers of a page, and those that are read at a time."""
COLUMNS = (
    "id",
    "time",
    "label",
    "confidence",
    "possible",
    "domain",
    "reason",
    "for_a_person",
    "model",
    "version",
    "bundle",
    "kept",
)


class History:
    """Pages at /history.

    Args:
        room: that they belong to.
    """

    def __init__(self, room: Room) -> None:
        self._room = room

    async def show(self, request: Request) -> Response:
        """A page of answers, the newest first."""
        identity = await self._room.visitors.known(request)
        if (elsewhere := self._room.needs_key(request, identity)) is not None:
            return elsewhere
        records: list[PredictionRecord] = []
        if identity is not None:
            before = request.query_params.get("before", "")[:36]
            records = await asyncio.to_thread(self._page, identity.key.subject, before, PAGE + 1)
        shown = [(each, view_of_answer(each.answer, None, id=each.id)) for each in records[:PAGE]]
        older = records[PAGE - 1].id if len(records) > PAGE else ""
        return self._room.site.page(
            request, "history.html.j2", answers=shown, older=older, first=not request.query_params.get("before")
        )

    async def csv(self, request: Request) -> Response:
        """All of them as a table for spreadsheets, in which no cell is calculated."""
        identity = await self._room.identity(request)
        self._room.visitors.count_request(request, identity)
        records = await asyncio.to_thread(lambda: list(self._all(identity.key.subject)))
        text = csv_text(COLUMNS, [_row(each) for each in records])
        return self._file(request, text.encode("utf-8-sig", "backslashreplace"), "text/csv; charset=utf-8", "csv")

    async def json(self, request: Request) -> Response:
        """All of them with everything that was said."""
        identity = await self._room.identity(request)
        self._room.visitors.count_request(request, identity)
        records = await asyncio.to_thread(lambda: [_document(each) for each in self._all(identity.key.subject)])
        text = json.dumps(records, ensure_ascii=False, indent=1)
        return self._file(request, text.encode("utf-8", "backslashreplace"), "application/json", "json")

    def _file(self, request: Request, content: bytes, kind: str, ending: str) -> Response:
        headers = {"Content-Disposition": f'attachment; filename="answers.{ending}"'}
        return self._room.site.finish(request, Response(content, media_type=kind, headers=headers))

    def _page(self, subject: str, before: str, limit: int) -> list[PredictionRecord]:
        with self._room.service.store.reading() as connection:
            return predictions_of(connection, subject, before=before, limit=limit)

    def _all(self, subject: str) -> Iterator[PredictionRecord]:
        before = ""
        while records := self._page(subject, before, MOST):
            yield from records
            before = records[-1].id


def _row(record: PredictionRecord) -> list[Any]:
    answer = record.answer
    return [
        record.id,
        record.time,
        record.label,
        record.confidence,
        " | ".join(answer.get("possible", ())),
        record.domain,
        answer.get("reason", ""),
        record.for_a_person,
        record.model,
        record.version,
        record.bundle,
        record.kept,
    ]


def _document(record: PredictionRecord) -> dict[str, Any]:
    values = ("id", "time", "model", "version", "bundle", "kept")
    return {**{name: getattr(record, name) for name in values}, "answer": dict(record.answer)}
