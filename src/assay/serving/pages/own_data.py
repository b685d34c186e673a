"""What is kept of whoever reads the page: consent given and withdrawn, pictures deleted, everything erased."""

from __future__ import annotations

import asyncio
import json
from dataclasses import dataclass

from sqlalchemy import func, select
from starlette.requests import Request
from starlette.responses import Response

from assay.serving.identity import Identity
from assay.serving.pages.answers import written
from assay.serving.pages.consent_page import consent_blocks
from assay.serving.pages.room import Room
from assay.serving.pages.visitors import ACTOR
from assay.store.certificate import certificate_text
from assay.store.consents import IMPROVE, KEEP, Consent, give_consent, kept_of, standing_consent, withdraw_consent
from assay.store.erase import erase_subject
from assay.store.subjects import DataSubject
from assay.store.tables import ERASURES, FEEDBACK, PREDICTIONS
from assay.web.form import read_form
from assay.web.refusal import PageRefusal


@dataclass(frozen=True)
class HeldData:
    """What is kept of somebody.

    Attributes:
        answers: in the log.
        pictures: that are kept with consent.
        feedback: on answers.
        consent: for all requests; None for none.
    """

    answers: int = 0
    pictures: int = 0
    feedback: int = 0
    consent: Consent | None = None


class OwnData:
    """Pages at /privacy.

    Args:
        room: that they belong to.
    """

    def __init__(self, room: Room) -> None:
        self._room = room

    async def show(self, request: Request) -> Response:
        """What is kept, and the forms that change it."""
        room = self._room
        identity = await room.visitors.known(request)
        if (elsewhere := room.needs_key(request, identity)) is not None:
            return elsewhere
        held = HeldData() if identity is None else await asyncio.to_thread(self._held, identity.key.subject)
        text = room.service.keeping.text
        return room.site.page(
            request,
            "privacy.html.j2",
            held=held,
            in_force=held.consent is not None and held.consent.sha256 == text.sha256,
            improves=held.consent is not None and IMPROVE in held.consent.uses,
            blocks=consent_blocks(text.text, room.site.phrases(request).language),
            version=text.version,
            visitor=identity is None or room.visitors.is_visitor(request),
            known=identity is not None,
        )

    async def agree(self, request: Request) -> Response:
        """Agree that pictures are kept from now on.

        Raises:
            Refusal: another text is in force by now, or it cannot be written.
        """
        room, keeping = self._room, self._room.service.keeping
        identity = await room.visitors.known(request)
        room.visitors.count_request(request, identity)
        form = await read_form(request, room.site.sessions)
        if identity is None and room.visitors.mode == "open":
            identity = await room.visitors.make(request)
        if identity is None:
            raise PageRefusal("signed-out")
        if not form.get("keep"):
            room.site.session(request).flash("privacy.not_agreed", "wrong")
            return room.site.redirect(request, "/privacy")
        keeping.refuse_other(form.get("version"), ())
        uses = (KEEP, IMPROVE) if form.get("improve") else (KEEP,)
        stated = Consent(identity.key.subject, keeping.text.version, keeping.text.sha256, uses)
        key = identity.key.id
        await written(room, lambda connection: give_consent(connection, stated, key=key))
        room.service.identities.forget()
        room.site.session(request).flash("privacy.agreed")
        return room.site.redirect(request, "/privacy")

    async def withdraw(self, request: Request) -> Response:
        """Delete the pictures that were kept, and keep none from now on."""
        room = self._room
        identity = await self._known(request)
        subject, key = identity.key.subject, identity.key.id
        withdrawal = await written(room, lambda connection: withdraw_consent(connection, subject, key=key))
        room.service.identities.forget()
        deleted = await asyncio.to_thread(room.service.keeping.pictures.remove, withdrawal.pictures)
        session = room.site.session(request)
        if withdrawal.hold:
            session.flash("privacy.held", "wrong")
        else:
            session.flash("privacy.deleted", count=deleted)
        return room.site.redirect(request, "/privacy")

    async def erase(self, request: Request) -> Response:
        """Erase everything about a visitor. Whoever has a key may share it, so that is for the operator to do."""
        room = self._room
        identity = await self._known(request, confirmed=True)
        if not room.visitors.is_visitor(request):
            raise PageRefusal("forbidden")
        whom = DataSubject(identity.key.subject, identity.key.name, identity.key.created)
        certificate = await asyncio.to_thread(
            lambda: erase_subject(room.service.store, room.folders, whom, actor=ACTOR)
        )
        room.service.forget()
        room.site.session(request).renew()
        return room.site.redirect(request, f"/erasures/{certificate['erasure']}")

    async def certificate(self, request: Request) -> Response:
        """The certificate of an erasure; it names nobody."""
        asked = select(ERASURES.c.certificate).where(ERASURES.c.id == request.path_params["id"])

        def read() -> str | None:
            with self._room.service.store.reading() as connection:
                return connection.scalar(asked)

        text = await asyncio.to_thread(read)
        if text is None:
            raise PageRefusal("not-found")
        return self._room.site.page(request, "erased.html.j2", certificate=certificate_text(json.loads(text)))

    async def _known(self, request: Request, *, confirmed: bool = False) -> Identity:
        """Who has sent a form, which he has confirmed where that is asked for."""
        identity = await self._room.identity(request)
        self._room.visitors.count_request(request, identity)
        form = await read_form(request, self._room.site.sessions)
        if confirmed and not form.get("sure"):
            raise PageRefusal("form", self._room.site.phrases(request)("privacy.unsure"))
        return identity

    def _held(self, subject: str) -> HeldData:
        with self._room.service.store.reading() as connection:
            mine = PREDICTIONS.c.subject == subject
            answers = connection.scalar(select(func.count()).select_from(PREDICTIONS).where(mine)) or 0
            of_mine = FEEDBACK.c.subject == subject
            feedback = connection.scalar(select(func.count()).select_from(FEEDBACK).where(of_mine)) or 0
            pictures = len(kept_of(connection, subject))
            return HeldData(int(answers), pictures, int(feedback), standing_consent(connection, subject))
