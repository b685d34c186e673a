"""Visitors: who asks on a page: a browser with a subject of its own, or whoever has given his key once."""

from __future__ import annotations

import asyncio

from sqlalchemy import Connection
from starlette.requests import Request

from assay.serving.allowance import Allowance
from assay.serving.identity import Identity
from assay.serving.refusal import Refusal
from assay.serving.service import Service
from assay.serving.settings import who_may_ask
from assay.store.keys import create_key
from assay.store.subjects import add_subject
from assay.store.visitors import visitor_name
from assay.web.session import Sessions

KEY, VISITOR = "key", "visitor"
"""Of a session: id of the key by which it asks; whether that was made for the browser alone."""
DAYS = 365.0
"""For which a visitor's key opens anything."""
ALL = "visitors"
ACTOR = "page"
SCOPE = "classify"


class Visitors:
    """Tells who asks on a page.

    A visitor is a subject with a key that nobody has ever seen: the signed cookie names its id. So the log, consent,
    feedback, limits and erasure are the same for visitors as for keys. Visitors have one allowance together beside
    their own, or whoever throws his cookie away would be somebody new with each request.

    Args:
        service: that answers.
        sessions: of the pages.
    """

    def __init__(self, service: Service, sessions: Sessions) -> None:
        settings = service.settings
        self.mode = who_may_ask(settings)
        self._service, self._sessions = service, sessions
        self._together = Allowance(settings.visitors_per_minute, settings.visitors_per_day)

    def is_visitor(self, request: Request) -> bool:
        """Whether whoever asks has a subject of this browser's own."""
        return bool(self._sessions.of(request).values.get(VISITOR))

    async def known(self, request: Request) -> Identity | None:
        """Who asks; None for a browser that has not asked yet, or whose key opens nothing any more.

        Raises:
            ServiceError: the store does not answer.
        """
        session = self._sessions.of(request)
        key = session.values.get(KEY, "")
        if not key:
            return None
        try:
            identity = await self._service.identities.identify_by_id(key, SCOPE)
        except Refusal:
            session.renew()
            return None
        if self.is_visitor(request) and self.mode != "open":
            return None
        return identity

    def count_request(self, request: Request, identity: Identity | None) -> None:
        """Count a question, before its body is read.

        Raises:
            Refusal: there were too many.
        """
        if identity is None or self.is_visitor(request):
            self._together.count_request(ALL)
        if identity is not None:
            self._service.allowance.count_request(identity.key.id)

    def count_pictures(self, request: Request, identity: Identity, pictures: int) -> None:
        """Count pictures.

        Raises:
            Refusal: there were too many today.
        """
        if self.is_visitor(request):
            self._together.count_pictures(ALL, pictures)
        self._service.allowance.count_pictures(identity.key.id, pictures)

    async def make(self, request: Request) -> Identity:
        """A visitor for a browser that asks for the first time.

        Raises:
            ServiceError: it cannot be written.
        """

        def write(connection: Connection) -> str:
            subject = add_subject(connection, visitor_name())
            return create_key(connection, subject.id, subject.name, (SCOPE,), actor=ACTOR, days=DAYS)[0].id

        key = await asyncio.wrap_future(self._service.store.submit(write))
        self._sessions.of(request).keep(**{KEY: key, VISITOR: "1"})
        return await self._service.identities.identify_by_id(key, SCOPE)
