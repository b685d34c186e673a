"""How a fetch connects: a name is resolved once, each address checked, and the checked address connected to."""

from __future__ import annotations

import ipaddress
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import Future
from typing import Any

import httpcore2

from assay.internet.public import Address, Network, is_public
from assay.internet.refused import Refused

Resolve = Callable[[str, int], Sequence[str]]
"""Host and port to the text of each IP address."""
Connect = Callable[[str, int, float], httpcore2.NetworkStream]
"""IP address, port and seconds to a connection."""
NOT_PUBLIC = "The server has no address of the public internet, from which alone pictures are fetched"


def resolve(host: str, port: int) -> list[str]:
    """The addresses of a name, as the system resolves it; an IP address is its own.

    Raises:
        OSError: there are none.
    """
    infos = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(info[4][0]) for info in infos))


def connect(address: str, port: int, seconds: float) -> httpcore2.NetworkStream:
    """A TCP connection to an IP address."""
    return httpcore2.SyncBackend().connect_tcp(address, port, timeout=seconds)


class CheckedBackend(httpcore2.NetworkBackend):
    """What httpcore opens connections through, for one fetch.

    httpcore asks for a connection to the host of the URL, and takes Host and the name that the certificate has to be of
    from there too. So both stay the name, while the connection goes to an address that was looked at.

    Args:
        ends: moment of `time.monotonic` after which nothing is waited for.
        networks: that may be reached beside the public internet.
        resolve: names to addresses.
        connect: addresses to connections.
    """

    def __init__(self, ends: float, networks: Sequence[Network], resolve: Resolve, connect: Connect) -> None:
        self._ends, self._networks = ends, networks
        self._resolve, self._connect = resolve, connect

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore2.NetworkStream:
        """A connection to a host; its addresses are tried one after the other.

        Raises:
            Refused: it has none that may be reached.
            httpcore2.ConnectError: none answers.
            httpcore2.ConnectTimeout: none answers in time.
        """
        waiting = self._checked(host, port)
        while True:
            seconds = left(self._ends) / len(waiting)
            address = waiting.pop(0)
            try:
                return _Timed(self._connect(str(address), port, seconds), self._ends)
            except (httpcore2.ConnectError, httpcore2.ConnectTimeout):
                if not waiting:
                    raise

    def _checked(self, host: str, port: int) -> list[Address]:
        try:
            addresses = [ipaddress.ip_address(text) for text in self._resolved(host, port)]
        except (OSError, ValueError):  # the same words as for a private one: names of a private zone are not told
            raise Refused(f"{NOT_PUBLIC}, or there is no such server.") from None
        if not addresses or not all(map(self._allowed, addresses)):
            raise Refused(f"{NOT_PUBLIC}, or there is no such server.")
        return addresses

    def _allowed(self, address: Address) -> bool:
        return is_public(address) or any(address in network for network in self._networks)

    def _resolved(self, host: str, port: int) -> Sequence[str]:
        """Ask for the addresses in a thread that is left behind when the time is over: the system's call has no end."""
        asked: Future[Sequence[str]] = Future()

        def ask() -> None:
            try:
                asked.set_result(self._resolve(host, port))
            except Exception as error:  # whatever it is, the fetch hears it
                asked.set_exception(error)

        threading.Thread(target=ask, name="resolve", daemon=True).start()
        try:
            return asked.result(left(self._ends))
        except TimeoutError:
            raise httpcore2.ConnectTimeout(host) from None


class _Timed(httpcore2.NetworkStream):
    """A connection on which no single wait and not all together go beyond a moment."""

    def __init__(self, stream: httpcore2.NetworkStream, ends: float) -> None:
        self._stream, self._ends = stream, ends

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        """Bytes that have come; b"" at the end."""
        return self._stream.read(max_bytes, left(self._ends))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        """Send bytes."""
        self._stream.write(buffer, left(self._ends))

    def close(self) -> None:
        """Close the connection."""
        self._stream.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore2.NetworkStream:
        """The same connection, encrypted; the certificate has to be of the name."""
        return _Timed(self._stream.start_tls(ssl_context, server_hostname, left(self._ends)), self._ends)

    def get_extra_info(self, info: str) -> Any:
        """What httpcore asks about the connection."""
        return self._stream.get_extra_info(info)


def left(ends: float) -> float:
    """Seconds until a moment.

    Raises:
        httpcore2.ReadTimeout: it has passed.
    """
    seconds = ends - time.monotonic()
    if seconds <= 0:
        raise httpcore2.ReadTimeout
    return seconds
