"""Fetcher: the bytes of a picture at an address, and no connection but to the public internet."""

from __future__ import annotations

import ssl
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager

import httpcore2

from assay.internet.connecting import CheckedBackend, Connect, Resolve, connect, left, resolve
from assay.internet.public import Network
from assay.internet.trusted import trusted
from assay.internet.web_address import WebAddress, web_address
from assay.serving.fetch.refusing import refusing
from assay.serving.refusal import Refusal
from assay.version import __version__

USER_AGENT = f"assay/{__version__} (fetches pictures that its users name)"
SENDER = f"assay/{__version__} (sends the webhooks of its operator and its users)"
REDIRECTS = 5
SECONDS = 10.0
LARGEST = 20_000_000
MOVED = (301, 302, 303, 307, 308)
KINDS = ("image/", "application/octet-stream", "binary/octet-stream")
"""Beginnings of content types that can be pictures; what is none by its first bytes is refused later."""


class Fetcher:
    """Fetches pictures. Threads may ask at the same time; nothing is kept between two fetches.

    The fetch stands on httpcore, which does nothing of itself: it follows no redirect, keeps no cookie, decompresses
    nothing, and looks at no environment and no .netrc. Microsoft's AntiSSRF 1.0 was tried before: it connects to
    `::127.0.0.1` and `::ffff:0:127.0.0.1`, to any port, and goes through the proxy that the environment names.

    Args:
        largest: bytes of a picture.
        seconds: that a fetch may take, from the name to the last byte, redirects among it.
        networks: that may be reached beside the public internet.
        resolve: a host's addresses.
        connect: to a checked address.
        context: of TLS; None takes the certificates of the system.
    """

    def __init__(
        self,
        *,
        largest: int = LARGEST,
        seconds: float = SECONDS,
        networks: Sequence[Network] = (),
        resolve: Resolve = resolve,
        connect: Connect = connect,
        context: ssl.SSLContext | None = None,
    ) -> None:
        self._largest, self._seconds, self._networks = largest, seconds, tuple(networks)
        self._resolve, self._connect = resolve, connect
        self._context = context

    def fetch(self, url: str, *, seconds: float | None = None, spend: Callable[[int], None] | None = None) -> bytes:
        """The bytes at an address.

        Args:
            url: as somebody has named it.
            seconds: that it may take; None, and whatever is longer, takes those of the fetcher.
            spend: is told the size of each piece; what it raises ends the fetch.

        Raises:
            Refusal: the address is not of the public internet, or no picture comes from there.
        """
        allowed = self._seconds if seconds is None else min(seconds, self._seconds)
        ends = time.monotonic() + allowed
        with _said("sent the picture", allowed):
            address = web_address(url)
            for _ in range(1 + REDIRECTS):
                outcome = self._asked(address, ends, spend)
                if isinstance(outcome, bytes):
                    return outcome
                address = outcome
        raise Refusal("fetch", f"The server sends on more than {REDIRECTS} times.")

    def post(self, url: str, content: bytes, headers: Mapping[str, str]) -> int:
        """Send something to an address of https; gives the status that it is answered with, whatever comes behind it.

        No redirect is followed: what is sent is for this address alone.

        Args:
            url: as somebody has named it.
            content: the body.
            headers: that say what it is.

        Raises:
            Refusal: the address is not https or not of the public internet, or nobody answers there in time.
        """
        ends = time.monotonic() + self._seconds
        with refusing():
            address = web_address(url)
        if address.scheme != "https":
            raise Refusal("address", "Nothing is sent but over https.")
        own = {"Host": address.authority, "User-Agent": SENDER, "Content-Length": str(len(content))}
        sent = [*own.items(), *headers.items(), ("Connection", "close")]
        backend = CheckedBackend(ends, self._networks, self._resolve, self._connect)
        with (
            _said("answered", self._seconds),
            httpcore2.ConnectionPool(ssl_context=self._tls(address), network_backend=backend, retries=0) as pool,
            pool.stream("POST", _url(address), headers=sent, content=content) as response,
        ):
            return int(response.status)

    def _tls(self, address: WebAddress) -> ssl.SSLContext | None:
        return self._context or trusted() if address.scheme == "https" else None

    def _asked(self, address: WebAddress, ends: float, spend: Callable[[int], None] | None) -> bytes | WebAddress:
        """The picture, or where the server sends on to."""
        headers = (
            ("Host", address.authority),
            ("User-Agent", USER_AGENT),
            ("Accept", "image/jpeg, image/png, image/webp, image/gif"),
            ("Accept-Encoding", "identity"),
            ("Connection", "close"),
        )
        backend = CheckedBackend(ends, self._networks, self._resolve, self._connect)
        with (
            httpcore2.ConnectionPool(ssl_context=self._tls(address), network_backend=backend, retries=0) as pool,
            pool.stream("GET", _url(address), headers=headers) as response,
        ):
            sent = {name.lower().decode("latin-1"): value.decode("latin-1") for name, value in response.headers}
            if response.status in MOVED and "location" in sent:
                return address.leading_to(sent["location"])
            self._refuse(response.status, sent)
            content = bytearray()
            for part in response.iter_stream():
                content += part
                if len(content) > self._largest:
                    raise Refusal("too-large", f"The picture has more than {self._largest} bytes.")
                if spend is not None:
                    spend(len(part))
                left(ends)
            return bytes(content)

    def _refuse(self, status: int, headers: dict[str, str]) -> None:
        """Return where a picture may follow these headers."""
        if status != 200:
            raise Refusal("fetch", f"The server answers with status {status}.")
        kind = headers.get("content-type", KINDS[1]).strip().lower()
        if not kind.startswith(KINDS):
            raise Refusal("format", "The server sends no picture by its content type.")
        if headers.get("content-encoding", "identity").strip().lower() not in ("", "identity"):
            raise Refusal("fetch", "The server sends the picture compressed once more, which it was asked not to.")
        length = headers.get("content-length", "")
        if length.isdecimal() and int(length) > self._largest:
            raise Refusal("too-large", f"The picture has {length} bytes; at most {self._largest} are taken.")


@contextmanager
def _said(done: str, seconds: float) -> Iterator[None]:
    """Give what goes wrong on the way words of ours; `done` is what the server has not within these seconds."""
    try:
        with refusing():
            yield
    except httpcore2.TimeoutException:
        raise Refusal("fetch", f"The server has not {done} within {seconds:.3g} s.") from None
    except httpcore2.ProtocolError:
        raise Refusal("fetch", "The server does not answer as HTTP has it.") from None
    except httpcore2.NetworkError as error:
        raise Refusal("fetch", f"{_why(error)}.") from None


def _url(address: WebAddress) -> httpcore2.URL:
    return httpcore2.URL(scheme=address.scheme, host=address.host, port=address.port, target=address.target)


def _why(error: Exception) -> str:
    if error.args and isinstance(error.args[0], ssl.SSLCertVerificationError):
        return "The server has no valid certificate for its name"
    return "The server cannot be reached, or breaks off"
