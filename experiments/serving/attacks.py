"""What a hostile client sends: bodies that never come, come slowly or never end, and pictures that are none."""

from __future__ import annotations

import contextlib
import io
import socket
import struct
import time
import zlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from PIL import Image
from services import Server

FRAMES, CLAIM, GIGABYTES = 10_000, 60_000, 10
SLOW = 200
"""Clients that begin a request and do not end it."""
TIMEOUT = 60.0


@dataclass(frozen=True)
class Reply:
    """What became of a request.

    Attributes:
        status: of HTTP; 0 where the connection was closed without one.
        seconds: from the first byte that was sent to the first that came.
    """

    status: int
    seconds: float


def head_of(server: Server, *lines: str) -> bytes:
    """The head of a request to classify."""
    own = [f"{name}: {value}" for name, value in server.headers.items()]
    return "\r\n".join([f"POST {server.path} HTTP/1.1", "Host: 127.0.0.1", *own, *lines, "", ""]).encode()


def connected(server: Server) -> socket.socket:
    return socket.create_connection(("127.0.0.1", server.port), TIMEOUT)


def _first_line(connection: socket.socket, begun: float) -> Reply:
    with contextlib.suppress(OSError):
        if content := connection.recv(65536):
            return Reply(int(content.split()[1]), time.monotonic() - begun)
    return Reply(0, time.monotonic() - begun)


def sent(server: Server, content: bytes, *lines: str) -> Reply:
    """What becomes of a body that comes whole."""
    with connected(server) as connection:
        begun = time.monotonic()
        connection.sendall(head_of(server, f"Content-Length: {len(content)}", "Connection: close", *lines) + content)
        return _first_line(connection, begun)


def claimed(server: Server) -> Reply:
    """A body of ten gigabytes is claimed, and does not come."""
    with connected(server) as connection:
        begun = time.monotonic()
        connection.sendall(head_of(server, f"Content-Length: {GIGABYTES * 10**9}"))
        return _first_line(connection, begun)


def endless(server: Server) -> Reply:
    """A body without a length goes on for as long as it is read; timed from when it is longer than is taken."""
    piece = b"100000\r\n" + bytes(2**20) + b"\r\n"
    with connected(server) as connection:
        connection.sendall(head_of(server, "Transfer-Encoding: chunked"))
        for _ in range(20):
            connection.sendall(piece)
        begun = time.monotonic()
        with contextlib.suppress(OSError):
            for _ in range(500):
                connection.sendall(piece)
        return _first_line(connection, begun)


def png_claim(side: int = CLAIM) -> bytes:
    """A PNG of a few bytes that claims to be as high and wide as this."""

    def chunk(name: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

    header = struct.pack(">IIBBBBB", side, side, 8, 2, 0, 0, 0)
    chunks = chunk(b"IHDR", header), chunk(b"IDAT", zlib.compress(bytes(1000))), chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunks)


def many_frames() -> bytes:
    """A GIF of ten thousand frames."""
    buffer = io.BytesIO()
    Image.new("P", (8, 8)).save(buffer, "GIF")
    whole = buffer.getvalue()
    start = whole.index(b",", 13)
    return whole[:start] + whole[start:-1] * FRAMES + b";"


def cut_off(picture: bytes) -> list[bytes]:
    """A picture that ends at every kilobyte."""
    return [picture[:end] for end in range(1000, len(picture), 1000)]


@contextlib.contextmanager
def slow_clients(server: Server, count: int = SLOW) -> Iterator[list[socket.socket]]:
    """Clients that have sent half a head, or a head and four bytes of a body, and say no more."""
    starts = (
        f"POST {server.path} HTTP/1.1\r\n".encode(),
        head_of(server, "Content-Length: 100000") + b"\xff\xd8\xff\xe0",
    )
    with contextlib.ExitStack() as stack:
        slow = [stack.enter_context(connected(server)) for _ in range(count)]
        for number, connection in enumerate(slow):
            connection.sendall(starts[number % 2])
        yield slow


def statuses_of(slow: Sequence[socket.socket]) -> list[int]:
    """What slow clients are told in the end."""
    return [_first_line(connection, time.monotonic()).status for connection in slow]


Attack = Callable[[Server], Reply]
