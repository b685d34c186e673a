"""Puts the review desk into the service's application: its addresses, and the heat maps of its engines."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path

from fastapi import FastAPI

from assay.data.image import read_image
from assay.errors import DataError
from assay.review.desk.addresses import addresses
from assay.review.desk.desk import HOME, NAVIGATION, PACKAGE, SCRIPTS, SESSION_SECONDS, STYLES, Desk
from assay.review.desk.guide import read_guide
from assay.review.item import ReviewItem
from assay.review.passwords import Attempts
from assay.serving.further import EXPLAINED
from assay.serving.review_feed import queue_policy
from assay.serving.service import Service
from assay.store.service_secret import service_secret
from assay.web.session import Sessions
from assay.web.site import Site
from assay.web.static_files import StaticFiles

PATIENCE = 30.0
"""Seconds that a map is waited for."""


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
        return await _heat(service, item)

    desk = Desk(service.store, service.keeping.pictures, policy, site, heat, guide, Attempts())
    app.state.sites.add(HOME, site)
    for path, method, handler in addresses(desk):
        app.add_route(path, handler, methods=[method], include_in_schema=False)


async def _heat(service: Service, item: ReviewItem) -> bytes | None:
    """The map of an answer by the model that gave it; None where that answers no longer, or makes no maps."""
    arms = service.arms
    engines = [arms.champion.engine, *([arms.rival.engine] if arms.rival is not None else [])]
    engine = next((each for each in engines if each.digest == item.bundle), None)
    if engine is None or not item.picture:
        return None
    try:
        image = await asyncio.to_thread(read_image, service.keeping.pictures.path(item.picture))
    except DataError:
        return None
    explain = await asyncio.to_thread(service.explainers.of, engine)
    deadline = time.monotonic() + PATIENCE
    drawn = service.dispatcher.run(lambda: explain(image, item.answer), deadline, pictures=EXPLAINED)
    return (await asyncio.wrap_future(drawn)).png
