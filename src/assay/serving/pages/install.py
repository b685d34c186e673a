"""Puts the pages of a service into its application, beside the addresses for programs."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from pathlib import Path

from fastapi import FastAPI
from starlette.requests import Request
from starlette.responses import Response

from assay.errors import ServiceError
from assay.provenance.reader import ProvenanceReader
from assay.review.desk.desk import PACKAGE as DESK
from assay.serving.pages.answers import Answers
from assay.serving.pages.ask import Asking
from assay.serving.pages.desk import install_desk
from assay.serving.pages.history import History
from assay.serving.pages.own_data import OwnData
from assay.serving.pages.own_key import OwnKey
from assay.serving.pages.refused import page_refusal
from assay.serving.pages.room import Room
from assay.serving.pages.visitors import Visitors
from assay.serving.refusal import Refusal
from assay.serving.service import Service
from assay.serving.settings import who_may_ask
from assay.serving.watch_pages.pages import PACKAGE as WATCH
from assay.store.service_secret import service_secret
from assay.web.refusal import PageRefusal
from assay.web.session import Sessions
from assay.web.site import NavigationLink, Site
from assay.web.sites import Sites
from assay.web.static_files import StaticFiles

PROGRAMS = ("/v1/", "/v2", "/metrics", "/openapi.json", "/problems/", "/static/")
"""Beginnings of addresses that programs ask."""
PACKAGE = "assay.serving.pages"
ROOMS = (PACKAGE, DESK, WATCH)
"""Packages with a folder `static`."""
NAVIGATION = (
    NavigationLink("/", "nav.ask"),
    NavigationLink("/history", "nav.history"),
    NavigationLink("/privacy", "nav.privacy"),
)
SECONDS = 90 * 86_400
"""For which a browser is known again since its last page."""
Handler = Callable[[Request], Awaitable[Response]]


def install_pages(app: FastAPI, service: Service) -> None:
    """Add the files that pages load, the pages for people unless they are off, and what makes pages of errors."""
    app.state.sites = Sites(PROGRAMS)
    static = app.state.static = StaticFiles(*ROOMS)
    app.add_route("/static/{digest}/{name}", static.serve, methods=["GET"], include_in_schema=False)
    app.add_exception_handler(PageRefusal, _refused)
    install_desk(app, service, static)
    mode = who_may_ask(service.settings)
    if mode == "off":
        return
    sessions = Sessions(service_secret(service.store, "pages"), "visitor", seconds=SECONDS)
    navigation = (*NAVIGATION, NavigationLink("/key", "nav.key")) if mode == "key" else NAVIGATION
    site = Site(PACKAGE, sessions, navigation, static, styles=("ask.css",), scripts=("ask.js",))
    app.state.sites.add("/", site)
    for path, method, handler in _pages(Room(service, Visitors(service, sessions), site, _provenance(service))):
        app.add_route(path, handler, methods=[method], include_in_schema=False)


def _provenance(service: Service) -> ProvenanceReader:
    file = service.settings.c2pa_trust
    if not file:
        return ProvenanceReader()
    try:
        return ProvenanceReader(Path(file).expanduser().read_text("ascii"))
    except (OSError, UnicodeDecodeError) as error:
        raise ServiceError(f"c2pa_trust={file}: cannot be read as certificates in PEM ({error})") from error


def _pages(room: Room) -> list[tuple[str, str, Handler]]:
    """Path, method and what answers."""
    asking, history, own_data, own_key = Asking(room), History(room), OwnData(room), OwnKey(room)
    answers = Answers(room, asking)
    return [
        ("/", "GET", asking.show),
        ("/", "POST", asking.answer),
        ("/answers/{id}", "GET", answers.show),
        ("/answers/{id}/picture", "GET", answers.picture),
        ("/answers/{id}/feedback", "POST", answers.feedback),
        ("/history", "GET", history.show),
        ("/history.csv", "GET", history.csv),
        ("/history.json", "GET", history.json),
        ("/privacy", "GET", own_data.show),
        ("/privacy/consent", "POST", own_data.agree),
        ("/privacy/withdraw", "POST", own_data.withdraw),
        ("/privacy/erase", "POST", own_data.erase),
        ("/erasures/{id}", "GET", own_data.certificate),
        ("/key", "GET", own_key.show),
        ("/key", "POST", own_key.give),
        ("/key/leave", "POST", own_key.leave),
    ]


def error_page(request: Request, error: Refusal | PageRefusal, request_id: str) -> Response | None:
    """The page of an error; None where a program asks, or nobody has pages there."""
    sites: Sites | None = getattr(request.app.state, "sites", None)
    site = None if sites is None else sites.of(request)
    if site is None:
        return None
    refusal = error if isinstance(error, PageRefusal) else page_refusal(error)
    return site.refused(request, refusal, request_id=request_id)


async def _refused(request: Request, error: Exception) -> Response:
    assert isinstance(error, PageRefusal)
    request_id = str(getattr(request.state, "request_id", ""))
    page = error_page(request, error, request_id)
    return Response(status_code=error.status, headers=dict(error.headers)) if page is None else page
