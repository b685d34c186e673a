"""Where one's key is given once, so that a browser asks by it; the browser keeps the key's id in its session alone."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response

from assay.serving.api.peer import peer_of
from assay.serving.pages.room import KEY_PAGE, Room
from assay.serving.pages.visitors import KEY, SCOPE
from assay.serving.refusal import Refusal
from assay.web.form import read_form


class OwnKey:
    """The page at /key.

    Args:
        room: that it belongs to.
    """

    def __init__(self, room: Room) -> None:
        self._room = room

    async def show(self, request: Request) -> Response:
        """The form, or whose key it is."""
        identity = await self._room.visitors.known(request)
        known = identity is not None and not self._room.visitors.is_visitor(request)
        name = identity.key.name if identity is not None and known else ""
        return self._room.site.page(request, "key.html.j2", known=known, name=name)

    async def give(self, request: Request) -> Response:
        """Ask by a key from now on."""
        room = self._room
        form = await read_form(request, room.site.sessions)
        session = room.site.session(request)
        try:
            identity = await room.service.identities.identify(form.get("key").strip()[:200], SCOPE)
        except Refusal as refusal:
            if refusal.kind.status == 401:
                room.service.allowance.count_failure(peer_of(request))
            session.flash("key.scope" if refusal.name == "scope" else "key.unknown", "wrong")
            return room.site.redirect(request, KEY_PAGE)
        session.renew(**{KEY: identity.key.id})
        session.flash("key.taken", name=identity.key.name)
        return room.site.redirect(request, "/")

    async def leave(self, request: Request) -> Response:
        """Ask by it no longer."""
        await read_form(request, self._room.site.sessions)
        session = self._room.site.session(request)
        session.renew()
        session.flash("key.left")
        return self._room.site.redirect(request, KEY_PAGE)
