"""Desk: what every page of it stands on: the store, the pictures, who has signed in, and how pages are made."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from sqlalchemy import Connection
from starlette.requests import Request
from starlette.responses import Response

from assay.review.desk.guide import Guide
from assay.review.item import ReviewItem
from assay.review.passwords import Attempts
from assay.review.policy import QueuePolicy
from assay.review.reviewers import Reviewer, reviewer_of
from assay.store.kept_pictures import KeptPictures
from assay.store.service_store import ServiceStore
from assay.web.site import NavigationLink, Site

PACKAGE = "assay.review.desk"
HOME, SIGN_IN = "/review", "/review/sign-in"
NAVIGATION = (
    NavigationLink(HOME, "nav.desk"),
    NavigationLink("/review/guideline", "nav.guideline"),
    NavigationLink("/watch", "nav.watch"),
)
STYLES, SCRIPTS = ("desk.css",), ("desk.js",)
SESSION_SECONDS = 12 * 3600
"""For which a reviewer stays signed in since his last page."""
SCRIPTED = "x-desk"
"""Header by which our script asks for JSON instead of another page."""
T = TypeVar("T")
Heat = Callable[[ReviewItem], Awaitable[bytes | None]]
"""From an item to its heat map as PNG; None where there is none and can be none any more."""
NO_MAP = "no map was kept with it, and the model that answered is not here any more or draws none"
Examples = Callable[[], Mapping[str, tuple[Path, ...]]]
"""Gives pictures of each class, beside those of the guideline."""
Handler = Callable[[Request], Awaitable[Response]]


@dataclass(frozen=True)
class Desk:
    """The desk of a service.

    Attributes:
        store: of it.
        pictures: that were kept with consent.
        policy: of the queue.
        site: makes pages.
        heat: makes heat maps.
        guide: by which reviewers choose.
        trained: gives pictures that the model has learned from, by class.
        attempts: to sign in.
    """

    store: ServiceStore
    pictures: KeptPictures
    policy: QueuePolicy
    site: Site
    heat: Heat
    guide: Guide
    trained: Examples
    attempts: Attempts

    async def write(self, work: Callable[[Connection], T]) -> T:
        """Do this in a transaction, and return once it is durable."""
        return await asyncio.wrap_future(self.store.submit(work))

    async def read(self, work: Callable[[Connection], T]) -> T:
        """Read, outside of the thread that answers."""

        def reading() -> T:
            with self.store.reading() as connection:
                return work(connection)

        return await asyncio.to_thread(reading)

    async def examples(self) -> dict[str, tuple[Path, ...]]:
        """Pictures of each class: those of the guideline, and of other classes what the model has learned from."""
        trained = await asyncio.to_thread(self.trained)
        return {**trained, **self.guide.examples}

    async def reviewer(self, request: Request) -> Reviewer | None:
        """Who has signed in; None where nobody has, or he was disabled or has a new password since."""
        values = self.site.session(request).values
        if not (known := values.get("reviewer", "")):
            return None
        reviewer = await self.read(lambda connection: reviewer_of(connection, known))
        if reviewer is None or reviewer.disabled or str(reviewer.epoch) != values.get("epoch"):
            return None
        return reviewer

    def sign_in(self, request: Request, reviewer: Reviewer) -> None:
        """Let a browser be his, with a session that did not exist before."""
        self.site.session(request).renew(reviewer=reviewer.id, epoch=str(reviewer.epoch))


def is_scripted(request: Request) -> bool:
    """Whether our script asks, which puts what comes into the page itself."""
    return SCRIPTED in request.headers
