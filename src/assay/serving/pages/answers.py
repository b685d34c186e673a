"""One answer as the log has it, with what its reader says about it; the picture is there only where it was kept."""

from __future__ import annotations

import asyncio
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from assay.errors import ServiceError
from assay.serving.pages.ask import Asking
from assay.serving.pages.picture import PagePicture
from assay.serving.pages.room import Room
from assay.serving.pages.view import view_of_answer
from assay.serving.refusal import Refusal
from assay.store.feedback import LABEL, RIGHT, WRONG, Feedback, feedback_of, keep_feedback
from assay.store.prediction_log import PredictionRecord, prediction_of
from assay.web.form import read_form
from assay.web.refusal import PageRefusal

LONGEST_COMMENT, LONGEST_LABEL = 4_000, 255
"""Characters, as in the API."""
PNG = "image/png"


class Answers:
    """Pages below /answers.

    Args:
        room: that they belong to.
        asking: knows what is said of the model.
    """

    def __init__(self, room: Room, asking: Asking) -> None:
        self._room, self._asking = room, asking

    async def show(self, request: Request) -> Response:
        """An answer.

        Raises:
            PageRefusal: there is none, or it is somebody else's.
        """
        identity = await self._room.identity(request)
        record, stated = await self._read(identity.key.subject, request.path_params["id"])
        engine = self._room.engine_of(record.bundle)
        picture = PagePicture(f"/answers/{record.id}/picture") if record.kept else None
        view = view_of_answer(record.answer, engine, id=record.id, picture=picture, kept=record.kept)
        about: dict[str, Any] = self._asking.about(identity, engine)
        return self._room.site.page(
            request,
            "answer.html.j2",
            answer=view,
            time=record.time,
            said=stated,
            replaced=engine is None,
            **about,
        )

    async def picture(self, request: Request) -> Response:
        """A kept picture, for whose it is."""
        identity = await self._room.identity(request)
        record, _ = await self._read(identity.key.subject, request.path_params["id"])
        path = self._room.service.keeping.pictures.path(record.picture)
        if not record.kept:
            raise PageRefusal("not-found")
        try:
            content = await asyncio.to_thread(path.read_bytes)
        except OSError as error:
            raise PageRefusal("not-found") from error
        return Response(content, media_type=PNG)

    async def feedback(self, request: Request) -> Response:
        """Keep what is said about an answer.

        Raises:
            PageRefusal: there is no such answer, or the form is none of ours.
            Refusal: it cannot be written.
        """
        identity = await self._room.identity(request)
        self._room.visitors.count_request(request, identity)
        form = await read_form(request, self._room.site.sessions)
        prediction = request.path_params["id"]
        record, _ = await self._read(identity.key.subject, prediction)
        label = form.get("label").strip()[:LONGEST_LABEL]
        known = label in record.answer.get("probabilities", {})
        kind = RIGHT if form.get("kind") == RIGHT else LABEL if label and known else WRONG
        stated = Feedback(
            prediction,
            identity.key.subject,
            identity.key.id,
            kind,
            label if kind == LABEL else "",
            form.get("comment").strip()[:LONGEST_COMMENT] if kind != RIGHT else "",
        )
        await written(self._room, lambda connection: keep_feedback(connection, stated))
        self._room.site.session(request).flash("feedback.thanks")
        return self._room.site.redirect(request, f"/answers/{prediction}")

    async def _read(self, subject: str, prediction: str) -> tuple[PredictionRecord, Feedback | None]:
        store = self._room.service.store

        def read() -> tuple[PredictionRecord | None, Feedback | None]:
            with store.reading() as connection:
                record = prediction_of(connection, subject, prediction)
                return record, feedback_of(connection, subject, prediction)

        record, stated = await asyncio.to_thread(read)
        if record is None:
            raise PageRefusal("not-found")
        return record, stated


async def written(room: Room, work: Any) -> Any:
    """Have the store's writer do this work, and wait until it is durable.

    Raises:
        Refusal: it cannot be written.
    """
    try:
        return await asyncio.wrap_future(room.service.store.submit(work))
    except ServiceError as error:
        raise Refusal("unwritten", "It cannot be written.", retry_after=5) from error
