"""One HTML file that needs nothing else: every page of the house is filled here, in one frame and two palettes."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from markupsafe import Markup

from assay.files import atomic_write
from assay.pages.palette import DARK, LIGHT, css_variables


def save_page(path: Path, environment: Any, template: str, **values: Any) -> None:
    """Fill a template and write the page, whole or not at all.

    Args:
        path: the HTML file.
        environment: of the room, see `assay.pages.templates.templates`.
        template: its name; it extends `frame.html.j2`.
        values: what it is filled with.
    """
    text = page_text(environment, template, **values)
    with atomic_write(path) as temporary:
        # A file name that is no valid text must not cost the page.
        temporary.write_text(text, encoding="utf-8", errors="backslashreplace")


def page_text(environment: Any, template: str, **values: Any) -> str:
    """The page as text, for a server; arguments as of `save_page`."""
    palettes = {"light": Markup(css_variables(LIGHT)), "dark": Markup(css_variables(DARK))}
    text: str = environment.get_template(template).render(**palettes, **values)
    return text
