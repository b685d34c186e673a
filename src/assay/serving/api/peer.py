"""Peer: whom a connection comes from, and whom a proxy that is named says that it comes from."""

from __future__ import annotations

from collections.abc import Sequence
from typing import cast

from fastapi import Request
from starlette.types import ASGIApp, Receive, Scope, Send
from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware

PEER = "assay.peer"


class Peer:
    """ASGI middleware that believes X-Forwarded-For and X-Forwarded-Proto of named proxies, and keeps the peer itself.

    Args:
        app: that answers.
        proxies: addresses and networks that are believed.
    """

    def __init__(self, app: ASGIApp, proxies: Sequence[str]) -> None:
        self._app: ASGIApp = app
        if proxies:
            self._app = cast(ASGIApp, ProxyHeadersMiddleware(app, list(proxies)))  # type: ignore[arg-type]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if client := scope.get("client"):
            scope[PEER] = client[0]
        await self._app(scope, receive, send)


def peer_of(request: Request) -> str:
    """Address at the other end of the connection, whatever headers say: limits count by nothing that clients write."""
    return str(request.scope.get(PEER) or (request.client.host if request.client else ""))
