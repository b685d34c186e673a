"""Around every request: its id, headers that protect browsers, and what is counted."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from typing import Any

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from assay.serving.metrics import Metrics
from assay.store.ids import new_id

CLIENTS_ID = re.compile(r"[\w.-]{1,64}", re.ASCII)
HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
}
ONLY_TLS = "max-age=31536000"
PAGE = "/docs"
PAGE_POLICY = "default-src 'none'; style-src 'self'; base-uri 'none'; frame-ancestors 'none'"
"""What a person opens in a browser: it loads its style, and nothing else."""


class RequestContext:
    """ASGI middleware.

    Args:
        app: that answers.
        metrics: that count.
        ending: whether the service was told to end: whoever asks is told not to ask on this connection again, which
            would be closed under his next request.
    """

    def __init__(self, app: ASGIApp, metrics: Metrics, ending: Callable[[], bool]) -> None:
        self._app, self._metrics, self._ending = app, metrics, ending

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        theirs = Headers(scope=scope).get("x-request-id", "")
        request_id = new_id()
        scope.setdefault("state", {})["request_id"] = request_id
        begun = time.perf_counter()
        status = 500

        async def sending(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                headers = MutableHeaders(scope=message)
                headers["X-Request-Id"] = theirs if CLIENTS_ID.fullmatch(theirs) else request_id
                if scope["path"] == PAGE:
                    headers.setdefault("Content-Security-Policy", PAGE_POLICY)
                if scope["scheme"] == "https":
                    headers["Strict-Transport-Security"] = ONLY_TLS
                for name, value in HEADERS.items():
                    headers.setdefault(name, value)
                if self._ending():
                    headers["Connection"] = "close"
            await send(message)

        try:
            await self._app(scope, receive, sending)
        finally:
            self._metrics.answered(_route(scope), scope["method"], status, time.perf_counter() - begun)


def _route(scope: dict[str, Any] | Scope) -> str:
    """The address as it is declared, so that there are only as many labels as routes."""
    return str(getattr(scope.get("route"), "path", "other"))
