"""Site: what the pages of a room have in common; makes every response of theirs."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from assay.output import single_line
from assay.pages.templates import templates
from assay.web.languages import COOKIE, LANGUAGES, YEAR, Phrases, chosen_language, phrases
from assay.web.refusal import PageRefusal
from assay.web.session import Session, Sessions
from assay.web.static_files import StaticFiles

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; connect-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
"""What a page may load: own files, and pictures that it brings along or its reader has chosen; nothing inline."""
HEADERS = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
    "Vary": "Accept-Language, Cookie",
    "Cross-Origin-Opener-Policy": "same-origin",
}


@dataclass(frozen=True)
class NavigationLink:
    """A link of the navigation.

    Attributes:
        href: path.
        key: of its phrase.
    """

    href: str
    key: str


@dataclass(frozen=True)
class Site:
    """The pages of a room.

    Attributes:
        package: of the room, with folders `templates`, `phrases` and, for scripts and style of its own, `static`.
        sessions: of its readers.
        navigation: that stands on every page.
        static: files of all rooms of the service.
        styles: names of static files that every page of the room loads behind the kit's.
        scripts: likewise.
    """

    package: str
    sessions: Sessions
    navigation: Sequence[NavigationLink]
    static: StaticFiles
    styles: Sequence[str] = ()
    scripts: Sequence[str] = ()

    def session(self, request: Request) -> Session:
        """The session of a request."""
        return self.sessions.of(request)

    def phrases(self, request: Request) -> Phrases:
        """In the language of a request."""
        query, cookie = request.query_params.get(COOKIE, ""), request.cookies.get(COOKIE, "")
        language = chosen_language(query, cookie, request.headers.get("accept-language", ""))
        return phrases(language, self.package)

    def page(
        self,
        request: Request,
        template: str,
        *,
        status: int = 200,
        headers: dict[str, str] | None = None,
        here: str = "",
        **values: Any,
    ) -> Response:
        """A page, filled in.

        Args:
            request: that asks for it.
            template: name; it extends `app.html.j2`.
            status: of HTTP.
            headers: beside those of every page.
            here: path of the same page for whoever chooses another language; that of a GET without it.
            values: for the template.
        """
        words, session = self.phrases(request), self.session(request)
        environment = templates(self.package, "assay.web")
        own = here or (request.url.path if request.method in ("GET", "HEAD") else "/")
        text = environment.get_template(template).render(
            t=words,
            language=words.language,
            languages=[(code, name, _with_language(request, own, code)) for code, name in LANGUAGES.items()],
            navigation=self.navigation,
            path=request.url.path,
            flashes=session.take_flashes(),
            csrf=self.sessions.token(session),
            static=self.static.address,
            styles=list(self.styles),
            scripts=self.scripts,
            visible=single_line,
            **values,
        )
        response = HTMLResponse(text.encode("utf-8", "backslashreplace"), status, {**HEADERS, **(headers or {})})
        return self.finish(request, response)

    def redirect(self, request: Request, path: str) -> Response:
        """To another page of ours, by GET, behind a POST that was done.

        Args:
            request: that was done.
            path: of the page, beginning with one slash.
        """
        if not path.startswith("/") or path[1:2] in ("/", "\\"):
            raise ValueError(f"{path}: is no path of this site")
        return self.finish(request, RedirectResponse(path, 303, {**HEADERS}))

    def refused(self, request: Request, refusal: PageRefusal, *, request_id: str = "") -> Response:
        """The page of a refusal."""
        headers = dict(refusal.headers)
        seconds = None if refusal.retry_after is None else math.ceil(refusal.retry_after)
        if seconds is not None:
            headers["Retry-After"] = str(seconds)
        return self.page(
            request,
            "error.html.j2",
            status=refusal.status,
            headers=headers,
            name=refusal.name,
            detail=refusal.detail,
            detail_language=refusal.language,
            seconds=seconds,
            request_id=request_id,
        )

    def finish(self, request: Request, response: Response) -> Response:
        """A response with the cookies of its session and its language; for what is neither page nor redirect."""
        self.sessions.write(request, response)
        if (asked := request.query_params.get(COOKIE, "")) in LANGUAGES:
            secure = request.url.scheme == "https"
            response.set_cookie(COOKIE, asked, max_age=YEAR, samesite="lax", httponly=True, secure=secure)
        return response


def _with_language(request: Request, path: str, code: str) -> str:
    """An address with its query, in another language."""
    kept = request.query_params.multi_items() if path == request.url.path else []
    return f"{path}?{urlencode([*((name, value) for name, value in kept if name != COOKIE), (COOKIE, code)])}"
