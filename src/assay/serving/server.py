"""The server: uvicorn's, which says to balancers, to systemd and to whoever has connected that it is to end."""

from __future__ import annotations

import asyncio
import signal
import socket
from types import FrameType

import uvicorn

from assay.output import say
from assay.serving.last_ones import first_requests, turn_away
from assay.serving.notify import notify
from assay.serving.service import Service
from assay.serving.tls import Tls

NOTICE = 1.0
"""Seconds between "not ready" and the closed door, in which a balancer looks once more."""
ALIVE = 100
"""Of uvicorn's ticks, ten a second, between two signs of life for systemd's watchdog."""
RENEWAL = 600
"""Of uvicorn's ticks, ten a second, between two looks whether the certificate was renewed."""


class Server(uvicorn.Server):
    """Says "not ready" first, closes its address a moment later, and answers whoever has connected until then.

    Args:
        config: of uvicorn.
        service: that answers.
        tls: None where clients come without.
    """

    def __init__(self, config: uvicorn.Config, service: Service, tls: Tls | None) -> None:
        super().__init__(config)
        self._service, self._tls = service, tls

    async def on_tick(self, counter: int) -> bool:
        """What uvicorn does ten times a second; once a minute a renewed certificate is looked for."""
        if self._tls is not None and counter % RENEWAL == 0 and (words := self._tls.renew()):
            say(words, to_stderr=True)
        if counter % ALIVE == 0:
            notify("WATCHDOG=1")
        return await super().on_tick(counter)

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Listen, and say so to the system."""
        await super().startup(sockets)
        notify("READY=1")

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """What a signal does; a second one does not wait.

        Uvicorn's own would raise the signal once more when it has ended, and take the process along before the store is
        closed.
        """
        if self._service.admission.closed:
            self.should_exit = self.force_exit = True
            return
        notify("STOPPING=1")
        self._service.admission.closed = True
        notice = 0.0 if sig == signal.SIGINT else NOTICE
        asyncio.get_running_loop().call_later(notice, self._end)

    def _end(self) -> None:
        self.should_exit = True

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Let nobody else connect, answer whoever has, and close."""
        for each in sockets or ():
            turn_away(each)
        await first_requests(self.server_state.connections, lambda: self.force_exit)
        await super().shutdown(sockets)
