"""Shedding: what comes while there is too much to do is refused before any address looks at it."""

from __future__ import annotations

from dataclasses import dataclass

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

from assay.serving.api.deadline import deadline_of
from assay.serving.api.problems import refusal_response
from assay.serving.metrics import Metrics
from assay.serving.refusal import Refusal
from assay.serving.service import Service

PATH = "/v1/classify"


@dataclass(frozen=True)
class ShedRoute:
    """Stands for the address in the metrics."""

    path: str = PATH


class Shedding:
    """ASGI middleware: an overloaded service spends its time on answers and not on the frame around refusals.

    It refuses what the address itself would refuse, in the same words, and only where nothing has to be looked up:
    the key was seen lately and is for this, and there is no `Idempotency-Key`, whose answer may be known. All other
    requests go on to their address.

    Args:
        app: that answers.
        service: whose room it is.
        metrics: that count.
    """

    def __init__(self, app: ASGIApp, service: Service, metrics: Metrics) -> None:
        self._app, self._service, self._metrics = app, service, metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        refusal = self._refusal(scope) if _for_one_picture(scope) else None
        if refusal is None:
            await self._app(scope, receive, send)
            return
        scope["route"] = ShedRoute()
        self._metrics.refused(refusal.name)
        await refusal_response(refusal, PATH, scope["state"]["request_id"])(scope, receive, send)

    def _refusal(self, scope: Scope) -> Refusal | None:
        admission, headers = self._service.admission, Headers(scope=scope)
        if admission.closed or "idempotency-key" in headers:
            return None
        try:
            admission.refuse_now(1, deadline_of(headers, self._service.settings.deadline_ms))
        except Refusal as refusal:
            identity = self._service.identities.remembered(_key(headers), "classify")
            if refusal.name != "busy" or identity is None:
                return None
            try:
                left = self._service.allowance.count_request(identity.key.id)
            except Refusal as too_often:
                return too_often
            refusal.headers = {**left.headers, **refusal.headers}
            return refusal
        return None


def _for_one_picture(scope: Scope) -> bool:
    return scope["type"] == "http" and scope["path"] == PATH and scope["method"] == "POST"


def _key(headers: Headers) -> str:
    kind, _, text = headers.get("authorization", "").partition(" ")
    return text.strip() if kind.lower() == "bearer" else headers.get("x-api-key", "").strip()
