"""Puts the pages of the watcher into the service's application."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from fastapi import FastAPI

from assay.review.desk.desk import HOME as DESK_HOME
from assay.review.desk.desk import Desk
from assay.serving.service import Service
from assay.serving.watch_pages.pages import HOME, PACKAGE, STYLES, TrainingLookup, WatchPages
from assay.web.site import NavigationLink, Site

NAVIGATION = (NavigationLink(HOME, "nav.watch"), NavigationLink(DESK_HOME, "nav.desk"))


def install_watch(app: FastAPI, service: Service, desk: Desk) -> None:
    """Add the pages, opened by the sessions of the desk.

    Args:
        app: of the service.
        service: that answers.
        desk: of it.
    """
    site = Site(PACKAGE, desk.site.sessions, NAVIGATION, desk.site.static, styles=STYLES)

    def nearest(bundle: str, components: Any) -> Path | None:
        engine = service.holder.engine
        return service.nearest(engine.bundle, components) if engine.digest == bundle else None

    def of_class(label: str) -> Path | None:
        return next(iter(service.examples(service.holder.engine.bundle).get(label, ())), None)

    def model() -> str:
        return str(service.holder.engine.origin)

    app.state.sites.add(HOME, site)
    for path, method, handler in WatchPages(site, desk, TrainingLookup(nearest, of_class), model).addresses():
        app.add_route(path, handler, methods=[method], include_in_schema=False)
