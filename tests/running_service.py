"""A service of a test behind uvicorn on a port of this machine, in this process."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import threading
import time
import urllib.request

from assay.serving.serve import server_config
from assay.serving.server import Server
from serving_world import World

SECONDS = 30.0
"""After which a test gives up; what is tested ends by its own limits before."""


class Running:
    """A world behind a real server on this machine.

    Attributes:
        world: with the service.
        server: that answers.
        door: the socket that it listens on.
        port: of it.
        loop: in which it answers, in a thread of its own.
    """

    def __init__(self, world: World) -> None:
        self.world = world
        self.server = Server(server_config(world.service), world.service, None)
        self.door = socket.create_server(("127.0.0.1", 0))
        self.port = self.door.getsockname()[1]
        self.loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._serve)
        self._thread.start()
        while not self.server.started:
            time.sleep(0.01)

    def _serve(self) -> None:
        with contextlib.closing(self.loop):
            self.loop.run_until_complete(self.server.serve([self.door]))

    @property
    def head(self) -> bytes:
        """Of a request to classify, without its end."""
        key = self.world.keys["classify"]
        return f"POST /v1/classify HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {key}\r\n".encode()

    def connect(self, start: bytes = b"") -> socket.socket:
        connection = socket.create_connection(("127.0.0.1", self.port), SECONDS)
        connection.sendall(start)
        return connection

    def ask(self, content: bytes) -> int:
        """The status of a request of somebody else."""
        request = urllib.request.Request(f"http://127.0.0.1:{self.port}/v1/classify", content, self.world.headers())
        with urllib.request.urlopen(request, timeout=SECONDS) as response:
            return int(response.status)

    def close(self) -> None:
        self.server.should_exit = self.server.force_exit = True
        self._thread.join()
