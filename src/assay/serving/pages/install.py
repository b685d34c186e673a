"""Puts the pages of a service into its application, beside the addresses for programs."""

from __future__ import annotations

from fastapi import FastAPI
from starlette.requests import Request
from starlette.responses import Response

from assay.serving.pages.refused import page_refusal
from assay.serving.refusal import Refusal
from assay.web.refusal import PageRefusal
from assay.web.sites import Sites
from assay.web.static_files import StaticFiles

PROGRAMS = ("/v1/", "/v2", "/metrics", "/openapi.json", "/problems/", "/static/")
"""Beginnings of addresses that programs ask."""
ROOMS: tuple[str, ...] = ()
"""Packages with a folder `static`."""


def install_pages(app: FastAPI) -> None:
    """Add the files that pages load, and what makes pages of their errors."""
    app.state.sites = Sites(PROGRAMS)
    static = StaticFiles(*ROOMS)
    app.add_route("/static/{digest}/{name}", static.serve, methods=["GET"], include_in_schema=False)
    app.add_exception_handler(PageRefusal, _refused)


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
