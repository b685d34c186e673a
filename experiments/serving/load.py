"""The load: requests from a process of their own, in a closed loop or at a constant rate, each with begin and end.

In a closed loop a client that waits sends nothing, so a server that stalls is asked less and the wait stays hidden. In
an open model requests are due at constant intervals whatever the server does, and a latency counts from when the
request was due (Tene, "How NOT to Measure Latency", 2013: coordinated omission).
"""

from __future__ import annotations

import asyncio
import multiprocessing
import time
from base64 import b64encode
from collections.abc import Callable, Coroutine, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from services import Server

BROKEN = 0
"""Status of a request whose connection broke, or was refused."""


@dataclass(frozen=True)
class Target:
    """Where requests go, and with what.

    Attributes:
        port: on 127.0.0.1.
        path: that is posted to.
        headers: of each request.
        pictures: JPEGs that are sent in turns.
        distinct: whether each is sent with another comment, so that no cache knows it.
        keep: whether bodies of answers are kept.
        wrap: bytes before and behind the picture.
        base64: whether the picture goes as base64.
    """

    port: int
    path: str
    headers: dict[str, str]
    pictures: tuple[bytes, ...]
    distinct: bool = True
    keep: bool = False
    wrap: tuple[bytes, bytes] = (b"", b"")
    base64: bool = False

    @classmethod
    def of(cls, server: Server, *pictures: bytes, **further: Any) -> Target:
        return cls(server.port, server.path, server.headers, pictures, **further)

    def body(self, number: int) -> bytes:
        """Of a request."""
        picture = self.pictures[number % len(self.pictures)]
        if self.distinct:
            picture = with_comment(picture, number + 10**9 * (time.monotonic_ns() % 10**9))
        before, behind = self.wrap
        return before + (b64encode(picture) if self.base64 else picture) + behind


@dataclass(frozen=True)
class Reply:
    """What became of a request.

    Attributes:
        due: moment of `time.monotonic` at which it should have been sent.
        ended: moment of its last byte.
        status: of HTTP, or `BROKEN`.
        picture: number of it.
        sent: moment at which it was sent, which is later where this process had no time for it.
        body: of the answer, where bodies are kept; of a broken one, why.
    """

    due: float
    ended: float
    status: int
    picture: int
    sent: float = 0.0
    body: bytes = b""

    @property
    def milliseconds(self) -> float:
        return 1000 * (self.ended - self.due)

    @property
    def since_sent_ms(self) -> float:
        """What leaves out the wait of the load itself for a core and for a free connection."""
        return 1000 * (self.ended - self.sent)


def with_comment(jpeg: bytes, number: int) -> bytes:
    """The same picture in other bytes: a comment of twenty digits behind the start marker."""
    return jpeg[:2] + b"\xff\xfe\x00\x16" + b"%020d" % number + jpeg[2:]


@dataclass
class _Connection:
    """A kept-alive connection, opened again when it was closed."""

    target: Target
    _streams: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = field(default=None)

    async def ask(self, number: int, due: float) -> Reply:
        target = self.target
        picture, body = number % len(target.pictures), target.body(number)
        lines = [f"POST {target.path} HTTP/1.1", "Host: 127.0.0.1", f"Content-Length: {len(body)}"]
        lines += [f"{name}: {value}" for name, value in target.headers.items()]
        sent = time.monotonic()
        if self._streams is not None and self._streams[0].at_eof():
            self.close()  # the server has closed what was idle for too long
        try:
            if self._streams is None:
                self._streams = await asyncio.open_connection("127.0.0.1", target.port, limit=2**20)
            reader, writer = self._streams
            writer.write("\r\n".join([*lines, "", ""]).encode())
            writer.write(body)
            await writer.drain()
            status, content, closes = await _answer(reader)
            if closes:
                self.close()
            return Reply(due, time.monotonic(), status, picture, sent, content if target.keep else b"")
        except (OSError, EOFError, ValueError) as error:
            self.close()
            return Reply(due, time.monotonic(), BROKEN, picture, sent, repr(error).encode())

    def close(self) -> None:
        if self._streams is not None:
            self._streams[1].close()
            self._streams = None


async def _answer(reader: asyncio.StreamReader) -> tuple[int, bytes, bool]:
    head = await reader.readuntil(b"\r\n\r\n")
    lines = head.split(b"\r\n")
    status, length, chunked, closes = int(lines[0].split()[1]), 0, False, False
    for line in lines[1:]:
        name, _, value = line.partition(b":")
        name, value = name.lower(), value.strip().lower()
        if name == b"content-length":
            length = int(value)
        chunked = chunked or (name == b"transfer-encoding" and b"chunked" in value)
        closes = closes or (name == b"connection" and b"close" in value)
    if not chunked:
        return status, await reader.readexactly(length), closes
    content = b""
    while size := int((await reader.readline()).split(b";")[0], 16):
        content += (await reader.readexactly(size + 2))[:-2]
    await reader.readline()
    return status, content, closes


def closed(
    target: Target, connections: int, *, requests: int = 0, seconds: float = 0.0, until: Path | None = None
) -> list[Reply]:
    """A closed loop in a process of its own: each connection asks again as soon as it has its answer.

    Args:
        target: that is asked.
        connections: at the same time.
        requests: in all; 0 for as many as fit into the seconds.
        seconds: after which nothing more is sent; 0 for no end.
        until: file that ends it once it is there.
    """
    return _apart(_closed, target, connections, requests, seconds, until)


def opened(target: Target, rate: float, seconds: float, *, connections: int = 200) -> list[Reply]:
    """An open model in a process of its own: requests are due at constant intervals.

    Args:
        target: that is asked.
        rate: requests a second.
        seconds: for which they are due.
        connections: at most; a request that is due while all are busy waits, and its wait counts.
    """
    return _apart(_opened, target, rate, seconds, connections)


def _apart(work: Callable[..., Coroutine[None, None, list[Reply]]], *arguments: object) -> list[Reply]:
    with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn")) as pool:
        return pool.submit(_run, work, arguments).result()


def _run(work: Callable[..., Coroutine[None, None, list[Reply]]], arguments: tuple[object, ...]) -> list[Reply]:
    return asyncio.run(work(*arguments))


async def _closed(target: Target, connections: int, requests: int, seconds: float, until: Path | None) -> list[Reply]:
    replies: list[Reply] = []
    begun, number = time.monotonic(), 0

    def goes_on() -> bool:
        return (
            (not requests or number < requests)
            and (not seconds or time.monotonic() - begun < seconds)
            and (until is None or not until.exists())
        )

    async def client() -> None:
        nonlocal number
        connection = _Connection(target)
        while goes_on():
            number += 1
            replies.append(await connection.ask(number - 1, time.monotonic()))
        connection.close()

    await asyncio.gather(*(client() for _ in range(connections)))
    return replies


async def _opened(target: Target, rate: float, seconds: float, connections: int) -> list[Reply]:
    replies: list[Reply] = []
    begun, number, count = time.monotonic() + 0.05, 0, int(rate * seconds)

    async def client() -> None:
        nonlocal number
        connection = _Connection(target)
        while number < count:
            mine, number = number, number + 1
            due = begun + mine / rate
            if (wait := due - time.monotonic()) > 0:
                await asyncio.sleep(wait)
            replies.append(await connection.ask(mine, due))
        connection.close()

    await asyncio.gather(*(client() for _ in range(min(connections, count))))
    return replies


def quantile(replies: Sequence[Reply], share: float) -> float:
    """Milliseconds within which this share of the requests was answered; nan without any."""
    return float(np.quantile([reply.milliseconds for reply in replies], share)) if replies else float("nan")


def rate_of(replies: Sequence[Reply]) -> float:
    """Answers with 200 per second, between the first request and the last answer."""
    good = [reply for reply in replies if reply.status == 200]
    if not good:
        return 0.0
    return len(good) / (max(reply.ended for reply in good) - min(reply.due for reply in good))
