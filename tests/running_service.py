"""A service of a test behind uvicorn on a port of this machine, in this process."""

from __future__ import annotations

import asyncio
import socket
import threading
import time
import urllib.request

import uvicorn

from assay.serving.serve import server_config
from serving_world import World

SECONDS = 30.0
"""After which a test gives up; what is tested ends by its own limits before."""


class Running:
    """A world behind a real server on this machine."""

    def __init__(self, world: World) -> None:
        self.world = world
        self._server = uvicorn.Server(server_config(world.service))
        self._door = socket.create_server(("127.0.0.1", 0))
        self.port = self._door.getsockname()[1]
        self._thread = threading.Thread(target=lambda: asyncio.run(self._server.serve([self._door])))
        self._thread.start()
        while not self._server.started:
            time.sleep(0.01)

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
        self._server.should_exit = self._server.force_exit = True
        self._thread.join()
