"""Who asks, and how often: held before the body of a request is read."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Annotated, cast

from fastapi import Request, Response, Security
from fastapi.security import APIKeyHeader, HTTPAuthorizationCredentials, HTTPBearer

from assay.serving.api.peer import peer_of
from assay.serving.identity import Identity
from assay.serving.refusal import Refusal
from assay.serving.service import Service

BEARER = HTTPBearer(scheme_name="bearer", bearerFormat="assay.ID.SECRET", auto_error=False)
HEADER = APIKeyHeader(name="X-API-Key", scheme_name="header", auto_error=False)
"""The two ways to send a key; never one in the address, which is written into logs."""


def service_of(request: Request) -> Service:
    """The service that answers here."""
    return cast(Service, request.app.state.service)


def identified(scope: str) -> Callable[..., Awaitable[Identity]]:
    """A dependency of FastAPI's: whoever asks has a key for this, and has not asked too often.

    Args:
        scope: what the key has to be for.
    """

    async def identify(
        request: Request,
        response: Response,
        bearer: Annotated[HTTPAuthorizationCredentials | None, Security(BEARER)],
        header: Annotated[str | None, Security(HEADER)],
    ) -> Identity:
        service = service_of(request)
        sent = bearer.credentials if bearer is not None else header or ""
        try:
            identity = await service.identities.identify(sent.strip(), scope)
        except Refusal as refusal:
            if refusal.kind.status == 401:
                service.allowance.count_failure(peer_of(request))
            raise
        left = service.allowance.count_request(identity.key.id)
        response.headers.update(left.headers)
        return identity

    return identify
