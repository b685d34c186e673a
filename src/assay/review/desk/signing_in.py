"""Signing in and out, and setting a password by a link."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response

from assay.errors import ServiceError
from assay.review.desk.desk import HOME, SIGN_IN, Desk
from assay.review.passwords import TooOftenError, reviewer_of_link, set_password, signed_in
from assay.review.reviewers import reviewer_of
from assay.web.form import read_form
from assay.web.refusal import PageRefusal


class SigningIn:
    """The pages of signing in.

    Args:
        desk: that they belong to.
    """

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    async def show(self, request: Request) -> Response:
        """The form; whoever has signed in goes on to the desk."""
        if await self._desk.reviewer(request) is not None:
            return self._desk.site.redirect(request, HOME)
        return self._desk.site.page(request, "sign_in.html.j2", name="", wrong=False)

    async def sign_in(self, request: Request) -> Response:
        """Sign in, or say that name and password do not belong together, never which of them is wrong."""
        desk = self._desk
        form = await read_form(request, desk.site.sessions)
        name = form.get("name")[:200]
        try:
            desk.attempts.begin(name)
        except TooOftenError as error:
            raise PageRefusal("attempts", retry_after=error.seconds, of_room=429) from error
        reviewer = await desk.read(lambda connection: signed_in(connection, name, form.get("password")))
        if reviewer is None:
            return desk.site.page(request, "sign_in.html.j2", status=401, here=SIGN_IN, name=name, wrong=True)
        desk.attempts.succeeded(name)
        desk.sign_in(request, reviewer)
        return desk.site.redirect(request, HOME)

    async def sign_out(self, request: Request) -> Response:
        """Sign out; the session is another one."""
        await read_form(request, self._desk.site.sessions)
        self._desk.site.session(request).renew()
        return self._desk.site.redirect(request, SIGN_IN)

    async def welcome(self, request: Request) -> Response:
        """The form by which whoever has a link sets his password."""
        token = request.path_params["token"]
        reviewer = await self._desk.read(lambda connection: reviewer_of_link(connection, token))
        if reviewer is None:
            raise PageRefusal("link", of_room=404)
        return self._desk.site.page(request, "welcome.html.j2", name=reviewer.name, wrong="")

    async def set_password(self, request: Request) -> Response:
        """Set it, and sign in."""
        desk, token = self._desk, request.path_params["token"]
        form = await read_form(request, desk.site.sessions)
        reviewer = await desk.read(lambda connection: reviewer_of_link(connection, token))
        if reviewer is None:
            raise PageRefusal("link", of_room=404)
        password, wrong = form.get("password"), ""
        if password != form.get("again"):
            wrong = "differs"
        else:
            try:
                await desk.write(lambda connection: set_password(connection, reviewer, password, actor=reviewer.name))
            except ServiceError:
                wrong = "weak"
        if wrong:
            here, name = request.url.path, reviewer.name
            return desk.site.page(request, "welcome.html.j2", status=422, here=here, name=name, wrong=wrong)
        stands = await desk.read(lambda connection: reviewer_of(connection, reviewer.id))
        if stands is not None:
            desk.sign_in(request, stands)
        return desk.site.redirect(request, HOME)
