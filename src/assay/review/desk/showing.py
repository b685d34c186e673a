"""Showing: the overview, the guideline, and the pictures of items to those who look at them."""

from __future__ import annotations

import asyncio
import io
from pathlib import Path

from PIL import Image
from sqlalchemy import Connection, select
from starlette.requests import Request
from starlette.responses import Response

from assay.data.image import read_image
from assay.errors import DataError
from assay.review.desk.desk import Desk
from assay.review.desk.numbers import numbers_of
from assay.review.desk.view import own_phrase
from assay.review.forms import all_forms
from assay.review.item import ReviewItem
from assay.review.leases import lease_of
from assay.review.reviewers import Reviewer
from assay.review.rows import item_of
from assay.store.review_tables import REVIEWS
from assay.web.refusal import PageRefusal
from assay.web.site import HEADERS


class Showing:
    """What is shown beside items.

    Args:
        desk: that it belongs to.
    """

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    async def overview(self, request: Request, reviewer: Reviewer) -> Response:
        """What there is to do."""
        forms, t = all_forms(), self._desk.site.phrases(request)
        counted = await self._desk.read(
            lambda connection: {name: numbers_of(connection, reviewer, name) for name in forms}
        )
        titles = {name: own_phrase(t, f"form.{name}.title", form.title) for name, form in forms.items()}
        rows = [(form, titles[name], counted[name]) for name, form in forms.items()]
        return self._desk.site.page(request, "overview.html.j2", reviewer=reviewer, rows=rows)

    async def guideline(self, request: Request, reviewer: Reviewer) -> Response:
        """By which rules one chooses, with examples of each class."""
        guide, shown = self._desk.guide, await self._desk.examples()
        examples = [
            (name, name not in guide.examples, [f"/review/guideline/{place}/{number}" for number in range(len(paths))])
            for place, (name, paths) in enumerate(shown.items())
        ]
        return self._desk.site.page(
            request, "guideline.html.j2", reviewer=reviewer, paragraphs=guide.paragraphs, examples=examples
        )

    async def example(self, request: Request, reviewer: Reviewer) -> Response:
        """A picture of the guideline."""
        try:
            paths = list((await self._desk.examples()).values())[int(request.path_params["place"])]
            path = paths[int(request.path_params["number"])]
        except (ValueError, IndexError) as error:
            raise PageRefusal("not-found") from error
        return await self.png(request, path)

    async def picture(self, request: Request, reviewer: Reviewer) -> Response:
        """A picture of an item, for who has it before him or has reviewed it."""
        name, what = request.path_params["item"], request.path_params["what"]
        item = await self._desk.read(lambda connection: _visible(connection, name, reviewer))
        if item is None:
            raise PageRefusal("not-found")
        if what in item.shows:
            return await self.png(request, Path(item.shows[what]))
        if what == "picture" and item.picture:
            return await self.png(request, self._desk.pictures.path(item.picture), raw=True)
        heat = await self._desk.heat(item) if what == "heat" else None
        if heat is None:
            raise PageRefusal("not-found")
        return self._sent(request, heat)

    async def png(self, request: Request, path: Path, *, raw: bool = False) -> Response:
        """A picture file for a page.

        Args:
            request: that asks for it.
            path: of the file.
            raw: whether it is a PNG already.

        Raises:
            PageRefusal: it is not there, or no picture.
        """
        try:
            content = await asyncio.to_thread(path.read_bytes if raw else lambda: _as_png(path))
        except (OSError, DataError) as error:
            raise PageRefusal("not-found") from error
        return self._sent(request, content)

    def _sent(self, request: Request, content: bytes) -> Response:
        return self._desk.site.finish(request, Response(content, media_type="image/png", headers=dict(HEADERS)))


def _as_png(path: Path) -> bytes:
    buffer = io.BytesIO()
    Image.fromarray(read_image(path)).save(buffer, "PNG", compress_level=1)
    return buffer.getvalue()


def _visible(connection: Connection, item: str, reviewer: Reviewer) -> ReviewItem | None:
    mine = select(REVIEWS.c.id).where(REVIEWS.c.item == item, REVIEWS.c.reviewer == reviewer.id).limit(1)
    if lease_of(connection, item, reviewer.id) is None and connection.scalar(mine) is None:
        return None
    return item_of(connection, item)
