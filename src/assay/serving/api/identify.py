"""Who asks, and how often: held before the body of a request is read."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import cast

from fastapi import Request, Response

from assay.errors import ServiceError
from assay.serving.identity import Identity
from assay.serving.refusal import Refusal
from assay.serving.service import Service

BEARER = "bearer"


def service_of(request: Request) -> Service:
    """The service that answers here."""
    return cast(Service, request.app.state.service)


def identified(scope: str) -> Callable[[Request, Response], Awaitable[Identity]]:
    """A dependency of FastAPI's: whoever asks has a key for this, and has not asked too often.

    Args:
        scope: what the key has to be for.
    """

    async def identify(request: Request, response: Response) -> Identity:
        service = service_of(request)
        try:
            identity = await asyncio.to_thread(service.identities.identify, _sent(request), scope)
        except ServiceError as error:
            raise Refusal("log", "The keys cannot be looked up.", retry_after=5) from error
        except Refusal as refusal:
            if refusal.kind.status == 401:
                service.allowance.count_failure(request.client.host if request.client else "")
            raise
        left = service.allowance.count_request(identity.key.id)
        response.headers.update(left.headers)
        return identity

    return identify


def _sent(request: Request) -> str:
    """The key in the request's headers; never one in its address, which is written into logs."""
    kind, _, text = request.headers.get("authorization", "").partition(" ")
    return text.strip() if kind.lower() == BEARER else request.headers.get("x-api-key", "").strip()
