"""Jinja templates of every page: styles and macros of the house, and the room's own."""

from __future__ import annotations

import functools
from typing import Any

from assay.output import single_line
from assay.pages.numbers import images, interval, percent, shown, sizes


@functools.cache
def templates(package: str, *more: str) -> Any:
    """The jinja2 environment of a room's pages, with the filters for numbers and names.

    Args:
        package: whose folder `templates` is looked into first; style and macros are those of every page.
        more: packages whose folders are looked into next.
    """
    from jinja2 import ChoiceLoader, Environment, PackageLoader, StrictUndefined

    environment = Environment(
        loader=ChoiceLoader([PackageLoader(each) for each in (package, *more, "assay.pages")]),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters.update(
        shown=shown, interval=interval, place=_place, percent=percent, images=images, sizes=sizes, visible=single_line
    )
    return environment


def _place(value: float, low: float, high: float) -> float:
    """Where a value lies on a scale, in per cent of its length, never outside."""
    return round(100 * min(max((value - low) / (high - low), 0.0), 1.0), 2)
