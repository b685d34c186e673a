"""Refusal: why a request gets no answer, in words that a program and a person understand (RFC 9457)."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class RefusalKind:
    """A kind of refusal.

    Attributes:
        name: stable; the last part of its address.
        status: of HTTP.
        title: what it is, the same each time.
        remedy: what whoever asks can do.
    """

    name: str
    status: int
    title: str
    remedy: str


KINDS = {
    kind.name: kind
    for kind in (
        RefusalKind(
            "no-key",
            401,
            "A key is needed",
            "Send Authorization: Bearer KEY; the operator makes one by assay keys create",
        ),
        RefusalKind(
            "bad-key", 401, "The key opens nothing", "Ask the operator for another: assay keys create, or rotate"
        ),
        RefusalKind("scope", 403, "The key is not for this", "Ask the operator for a key with the scope that is named"),
        RefusalKind(
            "no-fetch",
            403,
            "The service fetches no pictures",
            "Send the bytes of the picture to /v1/classify, or ask the operator for fetch=true",
        ),
        RefusalKind(
            "not-found", 404, "There is no such thing", "See whether the address is right, and the key its owner's"
        ),
        RefusalKind("method", 405, "The address takes another method", "See Allow, and /docs"),
        RefusalKind("slow", 408, "The request comes too slowly", "Send it again over a faster connection"),
        RefusalKind("in-work", 409, "The same request is being answered", "Come back after Retry-After seconds"),
        RefusalKind(
            "consent",
            409,
            "This is not what can be agreed to now",
            "Read GET /v1/consent, show its text to whoever agrees, and send its version",
        ),
        RefusalKind("no-length", 411, "The length of the request is not known", "Send Content-Length"),
        RefusalKind("too-large", 413, "The request is too large", "Send fewer pictures, or scale them down"),
        RefusalKind("format", 415, "This is no picture that is taken", "Send JPEG, PNG, WebP or GIF"),
        RefusalKind("unreadable", 422, "The picture cannot be read", "Open it in a viewer, and save it again"),
        RefusalKind("request", 422, "The request is not understood", "See detail, and /docs"),
        RefusalKind("key-used", 422, "The Idempotency-Key is another request's", "Take another Idempotency-Key for it"),
        RefusalKind(
            "address",
            422,
            "No picture is fetched from this address",
            "See detail, or send the bytes of the picture to /v1/classify",
        ),
        RefusalKind(
            "fetch",
            422,
            "The picture cannot be fetched",
            "Open the address in a browser, or send the bytes of the picture to /v1/classify",
        ),
        RefusalKind(
            "archive",
            422,
            "The archive is not taken",
            "Pack nothing but pictures, as plain files of one unencrypted ZIP: zip -r photos.zip photos",
        ),
        RefusalKind(
            "job", 415, "This is no job that is taken", "Send a ZIP of pictures, or addresses as JSON, JSONL or CSV"
        ),
        RefusalKind("no-room", 507, "There is no room for it", "Tell the operator; nothing of it was kept"),
        RefusalKind("rate", 429, "Too many requests", "Come back after Retry-After seconds"),
        RefusalKind("busy", 503, "There is more to do than can be done in time", "Come back after Retry-After seconds"),
        RefusalKind(
            "draining", 503, "The service is ending", "Come back after Retry-After seconds, or ask another one"
        ),
        RefusalKind(
            "log", 503, "The answer cannot be logged, so it is not given", "Tell the operator; nothing was answered"
        ),
        RefusalKind(
            "unwritten", 503, "It cannot be written, so nothing has changed", "Come back after Retry-After seconds"
        ),
        RefusalKind("store", 503, "The service's database does not answer", "Come back after Retry-After seconds"),
        RefusalKind("fault", 500, "A fault of the service", "Tell the operator the request id"),
    )
}


@dataclass(eq=False)
class Refusal(Exception):  # noqa: N818  # says what it is for the client
    """A request that is not answered.

    Attributes:
        name: of its kind in `KINDS`.
        detail: what is wrong with this request.
        retry_after: seconds after which it may be tried again; None where that changes nothing.
        more: further members of the document.
        headers: further headers.
    """

    name: str
    detail: str
    retry_after: float | None = None
    more: dict[str, Any] = field(default_factory=dict)
    headers: dict[str, str] = field(default_factory=dict)

    @property
    def kind(self) -> RefusalKind:
        """What kind of refusal it is."""
        return KINDS[self.name]

    def document(self, request_id: str) -> dict[str, Any]:
        """What the client gets as `application/problem+json`."""
        return {
            "type": f"/problems/{self.name}",
            "title": self.kind.title,
            "status": self.kind.status,
            "detail": self.detail,
            "remedy": self.kind.remedy,
            "request_id": request_id,
            **self.more,
        }
