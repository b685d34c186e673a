"""Servers on this machine that stand in for servers of the internet, and what leads a fetcher to them.

A fetcher connects to the address that the name resolves to; `Internet.connect` notes which address that is and opens
the connection to the stand-in instead. So nothing in the product has to allow this machine.
"""

from __future__ import annotations

import contextlib
import datetime
import socket
import ssl
import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import httpcore2

from assay.serving.fetch.fetcher import Fetcher

PUBLIC = "93.184.216.34"


class StandIn:
    """A server that reads the head of a request, keeps it, and does with the connection what it was made for.

    Args:
        act: is called with the connection and the text of the request's head.
        context: of TLS, for a server of https.
    """

    def __init__(self, act: Callable[[socket.socket, str], None], context: ssl.SSLContext | None = None) -> None:
        self._act, self._context = act, context
        self.heads: list[str] = []
        self._door = socket.create_server(("127.0.0.1", 0))
        self.port = self._door.getsockname()[1]
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self) -> None:
        while True:
            try:
                connection, _ = self._door.accept()
            except OSError:
                return
            threading.Thread(target=self._one, args=(connection,), daemon=True).start()

    def _one(self, connection: socket.socket) -> None:
        try:
            with self._context.wrap_socket(connection, server_side=True) if self._context else connection as up:
                head = b""
                while b"\r\n\r\n" not in head and (part := up.recv(4096)):
                    head += part
                self.heads.append(head.decode("latin-1"))
                self._act(up, head.decode("latin-1"))
        except OSError:
            return

    def close(self) -> None:
        with contextlib.suppress(OSError):
            self._door.shutdown(socket.SHUT_RDWR)  # wakes whoever waits in accept, which closing does not
        self._door.close()


def answering(body: bytes, status: str = "200 OK", **headers: str) -> Callable[[socket.socket, str], None]:
    """A server that sends the same each time; header names with _ for -."""
    sent = {"Content-Type": "image/png", "Content-Length": str(len(body))}
    sent |= {name.replace("_", "-"): value for name, value in headers.items()}
    lines = "".join(f"{name}: {value}\r\n" for name, value in sent.items())

    def act(connection: socket.socket, head: str) -> None:
        connection.sendall(f"HTTP/1.1 {status}\r\n{lines}\r\n".encode() + body)

    return act


def endless(start: bytes, piece: bytes, pause: float = 0.0) -> Callable[[socket.socket, str], None]:
    """A server that goes on sending until it is left; with nothing to send it waits until then."""

    def act(connection: socket.socket, head: str) -> None:
        connection.sendall(start)
        # Who sends nothing never hears that nobody listens any more, and ran on and on beside all later tests.
        while piece or connection.recv(4096):
            connection.sendall(piece)
            time.sleep(pause)

    return act


class Internet:
    """Names, their addresses, and stand-ins behind them.

    Attributes:
        asked: names that were resolved, in their order.
        connected: (address, port) of each connection, in their order.

    Args:
        names: to addresses, or to what is called for them each time.
        servers: by port 80 and 443.
    """

    def __init__(self, names: dict[str, Any], servers: dict[int, StandIn]) -> None:
        self._names, self._servers = names, servers
        self.asked: list[str] = []
        self.connected: list[tuple[str, int]] = []

    def resolve(self, host: str, port: int) -> Sequence[str]:
        self.asked.append(host)
        answer = self._names.get(host, [host])
        return answer() if callable(answer) else answer

    def connect(self, address: str, port: int, seconds: float) -> httpcore2.NetworkStream:
        self.connected.append((address, port))
        if port not in self._servers:
            raise httpcore2.ConnectError(address)
        return httpcore2.SyncBackend().connect_tcp("127.0.0.1", self._servers[port].port, timeout=seconds)

    def fetcher(self, **more: Any) -> Fetcher:
        return Fetcher(resolve=self.resolve, connect=self.connect, **more)


def certificate(folder: Path, name: str) -> tuple[ssl.SSLContext, ssl.SSLContext]:
    """Contexts of a server of this name and of a client that trusts its certificate."""
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
    now = datetime.datetime.now(datetime.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    pem = folder / "server.pem"
    secret = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    pem.write_bytes(secret + made.public_bytes(serialization.Encoding.PEM))
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(pem)
    return server, ssl.create_default_context(cafile=str(pem))
