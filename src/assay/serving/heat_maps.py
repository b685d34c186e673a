"""Heat maps of items for review: drawn while the model that answered is here, and kept with the picture."""

from __future__ import annotations

import time

from sqlalchemy import select

from assay.data.image import read_image
from assay.errors import DataError
from assay.review.desk.desk import NO_MAP
from assay.review.forms import all_forms
from assay.review.item import DISPUTED, OPEN, ReviewItem
from assay.review.rows import close_items, items
from assay.serving.engine import Engine
from assay.serving.further import EXPLAINED
from assay.serving.refusal import Refusal
from assay.serving.service import Service
from assay.store.review_tables import REVIEW_ITEMS

PATIENCE = 30.0
"""Seconds that a map is waited for."""
AT_ONCE = 8
"""Maps that are drawn in one look, so that those who ask are not kept waiting."""


def heat_map_of(service: Service, item: ReviewItem) -> bytes | None:
    """The map of an answer by the model that gave it, as PNG: the one that was kept with the picture, or a new one.

    A person judges what belongs to the answer, so a map is drawn once, and stays when another model answers.

    Returns:
        None where none was kept, and the model answers no longer, draws no maps, or the picture has gone.

    Raises:
        Refusal: there is too much to do.
    """
    pictures = service.keeping.pictures
    if not item.picture:
        return None
    if (known := pictures.map_of(item.picture, item.bundle)) is not None:
        return known
    engine = _engine_of(service, item.bundle)
    if engine is None:
        return None
    try:
        image = read_image(pictures.path(item.picture))
    except DataError:
        return None
    explain, ends = service.explainers.of(engine), time.monotonic() + PATIENCE
    drawn = service.dispatcher.run(lambda: explain(image, item.answer), ends, pictures=EXPLAINED).result().png
    if drawn is not None:
        pictures.keep_map(item.picture, item.bundle, drawn)
    return drawn


def keep_heat_maps(service: Service) -> tuple[int, int]:
    """Draw maps of items that wait and have none; those of which there can be none are closed with the reason.

    Returns:
        Maps that were drawn, and items that were closed.
    """
    names = [form.name for form in all_forms().values() if "heat" in form.shows]
    waiting = REVIEW_ITEMS.c.form.in_(names), REVIEW_ITEMS.c.state.in_((OPEN, DISPUTED)), REVIEW_ITEMS.c.picture != ""
    with service.store.reading() as connection:
        if connection.scalar(select(REVIEW_ITEMS.c.id).where(*waiting).limit(1)) is None:
            return 0, 0
        queued = [item for item in items(connection, *waiting) if "heat" not in item.shows]
    pictures, drawn, gone = service.keeping.pictures, 0, list[str]()
    for item in queued:
        if pictures.map_of(item.picture, item.bundle) is not None or not pictures.has(item.picture):
            continue
        if drawn == AT_ONCE:
            break
        try:
            made = heat_map_of(service, item)
        except Refusal:
            break
        drawn += made is not None
        gone += [item.id] if made is None else []
    if gone:
        service.store.write(lambda connection: close_items(connection, gone, NO_MAP))
    return drawn, len(gone)


def _engine_of(service: Service, bundle: str) -> Engine | None:
    arms = service.arms
    engines = [arms.champion.engine, *([arms.rival.engine] if arms.rival is not None else [])]
    return next((each for each in engines if each.digest == bundle), None)
