"""Static files of pages: style and scripts as files of their own, so that no page needs anything inline."""

from __future__ import annotations

import functools
import hashlib
from dataclasses import dataclass
from importlib.resources import files

from starlette.requests import Request
from starlette.responses import Response

from assay.pages.palette import DARK, LIGHT, css_variables
from assay.web.refusal import PageRefusal

KINDS = {"css": "text/css; charset=utf-8", "js": "text/javascript; charset=utf-8", "svg": "image/svg+xml"}
FOREVER, ANEW = "public, max-age=31536000, immutable", "no-cache"
STYLE = "style.css"
"""Palette and style of the reports, as a file."""


@dataclass(frozen=True)
class StaticFile:
    """A file.

    Attributes:
        name: of it.
        content: bytes.
        digest: beginning of its hex sha256; part of its address.
    """

    name: str
    content: bytes

    @property
    def digest(self) -> str:
        """Beginning of the hex sha256 of the content."""
        return hashlib.sha256(self.content).hexdigest()[:16]


class StaticFiles:
    """The files of the kit and of rooms, each under an address that changes with its content.

    Args:
        packages: rooms with a folder `static`.
    """

    def __init__(self, *packages: str) -> None:
        self._files = {each.name: each for each in (_style(), *_files("assay.web", *packages))}

    def address(self, name: str) -> str:
        """Of a file.

        Raises:
            KeyError: there is none of this name.
        """
        return f"/static/{self._files[name].digest}/{name}"

    def response(self, digest: str, name: str) -> Response:
        """A file, for good where it is the one that was asked for.

        Raises:
            PageRefusal: there is none of this name.
        """
        if name not in self._files:
            raise PageRefusal("not-found")
        file = self._files[name]
        headers = {"Cache-Control": FOREVER if digest == file.digest else ANEW}
        return Response(file.content, media_type=KINDS[name.rpartition(".")[2]], headers=headers)

    async def serve(self, request: Request) -> Response:
        """For a route `/static/{digest}/{name}`."""
        return self.response(request.path_params["digest"], request.path_params["name"])


def _style() -> StaticFile:
    light, dark = css_variables(LIGHT), css_variables(DARK)
    head = (
        f":root {{ color-scheme: light dark; {light} }}\n"
        f"@media (prefers-color-scheme: dark) {{ :root {{ {dark} }} }}\n"
        f"@media print {{ :root {{ {light} }} }}\n"
    )
    return StaticFile(STYLE, (head + _text("assay.pages", "templates", STYLE)).encode())


@functools.cache
def _files(*packages: str) -> tuple[StaticFile, ...]:
    return tuple(
        StaticFile(each.name, each.read_bytes())
        for package in packages
        for each in sorted((files(package) / "static").iterdir(), key=lambda each: each.name)
        if each.name.rpartition(".")[2] in KINDS
    )


def _text(package: str, folder: str, name: str) -> str:
    return (files(package) / folder / name).read_text("utf-8")
