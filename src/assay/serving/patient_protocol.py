"""PatientProtocol: uvicorn's HTTP/1.1 with an end to its patience; by itself it waits for a slow head for ever."""

from __future__ import annotations

import asyncio
import json

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol

from assay.serving.refusal import Refusal
from assay.store.ids import new_id

HEAD_SECONDS = 10.0


class PatientProtocol(H11Protocol):
    """Closes a connection whose request's head is not whole in time, or that sends on what nobody will read.

    Attributes:
        head_seconds: from the connection, or the first byte of a further request, to the end of its head; also how long
            the rest of a body is read that was answered before it had come.
    """

    head_seconds = HEAD_SECONDS
    _head: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """A client is there."""
        super().connection_made(transport)
        self._head = self.loop.call_later(self.head_seconds, self._too_slow)

    def data_received(self, data: bytes) -> None:
        """Something came."""
        super().data_received(data)
        if self.cycle is not None and not self.cycle.response_complete:
            self._end_waiting()
        elif self._head is None and not self.transport.is_closing():
            self._head = self.loop.call_later(self.head_seconds, self._too_slow)

    def connection_lost(self, exc: Exception | None) -> None:
        """The client is gone."""
        self._end_waiting()
        super().connection_lost(exc)

    def _end_waiting(self) -> None:
        if self._head is not None:
            self._head.cancel()
            self._head = None

    def _too_slow(self) -> None:
        self._head = None
        if self.transport.is_closing():
            return
        if self.conn.our_state is h11.IDLE:
            refusal = Refusal("slow", f"The head of the request was not whole within {self.head_seconds:g} s.")
            content = json.dumps(refusal.document(new_id())).encode()
            headers = [
                (b"content-type", b"application/problem+json"),
                (b"content-length", str(len(content)).encode()),
                (b"connection", b"close"),
            ]
            for event in (
                h11.Response(status_code=refusal.kind.status, headers=headers, reason=b"Request Timeout"),
                h11.Data(data=content),
                h11.EndOfMessage(),
            ):
                self.transport.write(self.conn.send(event) or b"")
        self.transport.close()
