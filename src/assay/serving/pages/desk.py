"""Puts the review desk into the service's application: its addresses, and the heat maps of its engines."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from pathlib import Path

from fastapi import FastAPI

from assay.review.desk.addresses import addresses
from assay.review.desk.desk import HOME, NAVIGATION, PACKAGE, SCRIPTS, SESSION_SECONDS, STYLES, Desk
from assay.review.desk.guide import read_guide
from assay.review.item import ReviewItem
from assay.review.passwords import Attempts
from assay.serving.heat_maps import heat_map_of
from assay.serving.review_feed import queue_policy
from assay.serving.service import Service
from assay.serving.watch_pages.install import install_watch
from assay.store.service_secret import service_secret
from assay.web.session import Sessions
from assay.web.site import Site
from assay.web.static_files import StaticFiles


def install_desk(app: FastAPI, service: Service, static: StaticFiles) -> None:
    """Add the desk's pages, which have sessions of their own: no key of a program opens them.

    Args:
        app: of the service.
        service: that answers.
        static: files of all pages.
    """
    sessions = Sessions(service_secret(service.store, "pages"), "review", seconds=SESSION_SECONDS)
    site = Site(PACKAGE, sessions, NAVIGATION, static, styles=STYLES, scripts=SCRIPTS)
    guide = read_guide(Path(service.settings.review_guide).expanduser() if service.settings.review_guide else None)
    policy = queue_policy(service.settings, guide.digest)

    async def heat(item: ReviewItem) -> bytes | None:
        return await asyncio.to_thread(heat_map_of, service, item)

    def trained() -> Mapping[str, tuple[Path, ...]]:
        return service.examples(service.holder.engine.bundle)

    desk = Desk(service.store, service.keeping.pictures, policy, site, heat, guide, trained, Attempts())
    app.state.sites.add(HOME, site)
    for path, method, handler in addresses(desk):
        app.add_route(path, handler, methods=[method], include_in_schema=False)
    install_watch(app, service, desk)
