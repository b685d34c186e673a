"""Idempotency-Key: a request that is sent again gets its first answer, also after the service was restarted."""

from __future__ import annotations

import asyncio
import re
import threading
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass

from sqlalchemy import Connection

from assay.serving.identity import Identity
from assay.serving.refusal import Refusal
from assay.store.idempotency import RepeatableRequest, keep_response, kept_response, keyed_digest
from assay.store.service_store import ServiceStore

LONGEST = 255
SHAPE = r'^("([ !#-\[\]-~]|\\["\\]){1,255}"|[!#-~]{1,255})$'
"""The two ways to send a key, as JSON Schema has patterns."""
_QUOTED = re.compile(r'"(?P<text>(?:[\x20\x21\x23-\x5b\x5d-\x7e]|\\["\\])*)"')
_BARE = re.compile(r"[\x21\x23-\x7e]+")


def idempotency_key(lines: Sequence[str]) -> str | None:
    """The key of a request; None where it has none.

    Args:
        lines: values of all its headers `Idempotency-Key`: a string of RFC 9651, or the same without quotes.

    Raises:
        Refusal: there are several, or it is no such string of 1 to 255 characters.

    Source: draft-ietf-httpapi-idempotency-key-header-07, section 2.1.
    """
    if not lines:
        return None
    text = lines[0].strip() if len(lines) == 1 else ""
    if quoted := _QUOTED.fullmatch(text):
        key = re.sub(r"\\(.)", r"\1", quoted["text"])
    else:
        key = text if _BARE.fullmatch(text) else ""
    if not 1 <= len(key) <= LONGEST:
        raise Refusal("request", f'Idempotency-Key is one string of 1 to {LONGEST} ASCII characters: "8e03978e".')
    return key


@dataclass(frozen=True)
class Repeatable:
    """A request that may have been answered before.

    Attributes:
        request: by what it is known again; None where it carries no key.
        response: JSON of the first answer; None where this is the first.
    """

    request: RepeatableRequest | None = None
    response: str | None = None

    def keep(self, connection: Connection, response: str) -> None:
        """Keep the answer, in the transaction in which it becomes durable.

        Raises:
            Refusal: another process has answered the same request meanwhile.
        """
        if self.request is None:
            return
        if kept_response(connection, self.request.mark) is not None:
            raise _in_work()
        keep_response(connection, self.request, response)


class Idempotency:
    """Knows which requests with a key are in work, and finds what those of before were answered.

    Args:
        store: of the answers.
    """

    def __init__(self, store: ServiceStore) -> None:
        self._store = store
        self._in_work: dict[str, str] = {}
        self._lock = threading.Lock()

    @asynccontextmanager
    async def repeatable(
        self, identity: Identity, key: str | None, address: str, parts: Sequence[bytes]
    ) -> AsyncIterator[Repeatable]:
        """Hold a request for the block, in which it is answered if it was not before.

        Args:
            identity: who asks; the same key of another API key is another request.
            key: of the request; None where it has none.
            address: method and path.
            parts: whatever the answer depends on.

        Raises:
            Refusal: the key was used for another body, or its request is in work.
        """
        if key is None:
            yield Repeatable()
            return
        mark = keyed_digest(identity.secret, b"idempotency", identity.key.id.encode(), address.encode(), key.encode())
        body = keyed_digest(identity.secret, *parts)
        with self._lock:
            if (other := self._in_work.get(mark)) is not None:
                raise _in_work() if other == body else _other_body()
            self._in_work[mark] = body
        try:
            kept = await asyncio.to_thread(self._kept, mark)
            if kept is not None and kept[0] != body:
                raise _other_body()
            yield Repeatable(RepeatableRequest(mark, identity.key.subject, body), None if kept is None else kept[1])
        finally:
            with self._lock:
                del self._in_work[mark]

    def _kept(self, mark: str) -> tuple[str, str] | None:
        with self._store.reading() as connection:
            return kept_response(connection, mark)


def _in_work() -> Refusal:
    return Refusal("in-work", "The first request with this Idempotency-Key is not answered yet.", retry_after=1)


def _other_body() -> Refusal:
    return Refusal("key-used", "This Idempotency-Key was sent with another request before.")
