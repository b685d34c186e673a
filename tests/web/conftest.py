"""A small site on the kit: a page, a form, a page that fails."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.testclient import TestClient

from assay.pages.templates import templates
from assay.web.form import read_form
from assay.web.refusal import PageRefusal
from assay.web.session import Sessions
from assay.web.site import NavigationLink, Site
from assay.web.static_files import StaticFiles

PAGE = """{% extends "app.html.j2" %}
{% block heading %}{{ name }}{% endblock %}
{% block content %}<form method="post"><input type="hidden" name="csrf" value="{{ csrf }}"></form>{% endblock %}
"""


@pytest.fixture
def small_site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[SimpleNamespace]:
    """`client` of a site with /page, POST /page, /broken; `site`; `session()` of the client's cookie."""
    package = tmp_path / "small_site_room"
    for folder in ("templates", "phrases", "static"):
        (package / folder).mkdir(parents=True)
    (package / "__init__.py").write_text("")
    (package / "templates" / "page.html.j2").write_text(PAGE)
    (package / "static" / "small.js").write_text("'use strict';")
    for language, words in (("en", "Thank you, {name}"), ("th", "ขอบคุณ {name}")):
        (package / "phrases" / f"{language}.toml").write_text(f'[small]\nthanks = "{words}"\nlink = "small"\n')
    monkeypatch.syspath_prepend(str(tmp_path))
    static = StaticFiles("small_site_room")
    sessions = Sessions(b"s" * 32, "visitor", seconds=3600)
    site = Site("small_site_room", sessions, (NavigationLink("/page", "small.link"),), static, scripts=("small.js",))

    async def page(request: Request) -> Response:
        return site.page(request, "page.html.j2", name=request.query_params.get("name", "Hello"))

    async def done(request: Request) -> Response:
        form = await read_form(request, sessions, limit=2_000)
        site.session(request).flash("small.thanks", name=form.get("name"))
        site.session(request).keep(name=form.get("name")[:100])
        return site.redirect(request, "/page")

    async def broken(request: Request) -> Response:
        raise PageRefusal("busy", retry_after=1.2)

    async def refused(request: Request, error: Exception) -> Response:
        assert isinstance(error, PageRefusal)
        return site.refused(request, error, request_id="r-1")

    app = Starlette(
        routes=[
            Route("/page", page),
            Route("/page", done, methods=["POST"]),
            Route("/broken", broken),
            Route("/static/{digest}/{name}", static.serve),
        ],
        exception_handlers={PageRefusal: refused},
    )
    yield SimpleNamespace(client=TestClient(app), site=site, static=static, sessions=sessions, app=app)
    templates.cache_clear()
