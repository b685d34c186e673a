"""Addresses of the desk, and that nobody passes who has not signed in."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from assay.review.desk.desk import HOME, SIGN_IN, Desk, Handler, is_scripted
from assay.review.desk.people import PEOPLE, People
from assay.review.desk.showing import Showing
from assay.review.desk.signing_in import SigningIn
from assay.review.desk.working import Working
from assay.review.reviewers import Reviewer

Signed = Callable[[Request, Reviewer], Awaitable[Response]]


def addresses(desk: Desk) -> list[tuple[str, str, Handler]]:
    """Path, method and what answers."""
    signing, working, showing, people = SigningIn(desk), Working(desk), Showing(desk), People(desk)
    open_to_all: list[tuple[str, str, Handler]] = [
        (SIGN_IN, "GET", signing.show),
        (SIGN_IN, "POST", signing.sign_in),
        ("/review/sign-out", "POST", signing.sign_out),
        ("/review/welcome/{token}", "GET", signing.welcome),
        ("/review/welcome/{token}", "POST", signing.set_password),
    ]
    signed: list[tuple[str, str, Signed]] = [
        (HOME, "GET", showing.overview),
        ("/review/guideline", "GET", showing.guideline),
        ("/review/guideline/{place}/{number}", "GET", showing.example),
        ("/review/picture/{item}/{what}", "GET", showing.picture),
        ("/review/work/{form}", "GET", working.show),
        ("/review/work/{form}/{item}", "POST", working.act),
        ("/review/undo/{form}", "POST", working.undo),
        ("/review/renew/{item}", "POST", working.renew),
        (PEOPLE, "GET", people.show),
        (PEOPLE + "/{reviewer}/disable", "POST", people.disable),
    ]
    return [*open_to_all, *((path, method, _for_signed(desk, handler)) for path, method, handler in signed)]


def _for_signed(desk: Desk, handler: Signed) -> Handler:
    async def handle(request: Request) -> Response:
        reviewer = await desk.reviewer(request)
        if reviewer is not None:
            return await handler(request, reviewer)
        if is_scripted(request):
            return desk.site.finish(request, JSONResponse({"state": "signed-out"}, 401))
        return desk.site.redirect(request, SIGN_IN)

    return handle
