"""Client: the one way in which collection asks servers for something."""

from __future__ import annotations

import contextlib
import email.utils
import json
import socket
import ssl
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import httpcore2

from assay.collection.clock import WallClock
from assay.collection.contact import checked_contact
from assay.collection.host_gate import HostGate
from assay.collection.limits import HostLimits
from assay.collection.manners import HostRules, opt_out_of_headers, reservations_of
from assay.collection.outcome import AGAIN, REFUSED, FetchFailed
from assay.internet.connecting import CheckedBackend, Connect, Resolve, connect, left, resolve
from assay.internet.public import Network
from assay.internet.refused import Refused
from assay.internet.trusted import trusted
from assay.internet.web_address import WebAddress, web_address
from assay.version import __version__

MOVED = (301, 302, 303, 307, 308)
REDIRECTS = 5
ATTEMPTS = 4
LARGEST_TEXT, LARGEST_PICTURE = 10_000_000, 50_000_000
PAUSE = 60.0
"""Seconds that a host which asks to come later is left alone where it does not say for how long."""
PICTURES = "image/jpeg, image/png, image/webp, image/gif, image/tiff;q=0.5"
NO_PICTURES = ("text/", "video/", "audio/", *(f"application/{kind}" for kind in ("json", "xml", "xhtml", "pdf")))
"""Beginnings of content types that are no picture, whatever the bytes say."""
UNASKED = ("limit", "429", "dns", "connect", "tls", "address")
"""Failures that say nothing of the rules of a host, as it was not asked."""


@dataclass(frozen=True)
class Response:
    """What a server has sent.

    Attributes:
        status: 200 or 304.
        headers: names in small letters -> values.
        content: the body.
        address: that it came from, behind redirects.
        opt_out: what server and host say against training; "" for nothing.
    """

    status: int
    headers: Mapping[str, str]
    content: bytes
    address: str
    opt_out: str = ""


@dataclass(frozen=True)
class Wanted:
    """What is asked for in one request.

    Attributes:
        accept: content types.
        largest: bytes.
        seconds: from the name to the last byte of one attempt.
        headers: further ones.
        as_crawler: whether robots.txt holds; it does not for interfaces that are made for programs.
        picture: whether a picture is expected.
    """

    accept: str = "application/json"
    largest: int = LARGEST_TEXT
    seconds: float = 30.0
    headers: Mapping[str, str] = field(default_factory=dict)
    as_crawler: bool = False
    picture: bool = False


def user_agent(contact: str) -> str:
    """What servers hear of who asks.

    Raises:
        ConfigError: there is nobody whom they could write to.
    """
    who = checked_contact(contact)
    return f"assay/{__version__} ({who}; collects licensed pictures) httpcore2/{httpcore2.__version__}"


class Client:
    """Asks servers, each as often as it allows; threads may ask at the same time.

    Connections are those of `CheckedBackend`, as for the service: to the public internet alone, whatever an address, a
    redirect or a name server says.

    Args:
        contact: mail address or page, which servers hear.
        gate: that knows how often a host may be asked.
        clock: that waits.
        seconds: that a request may take.
        networks: that may be reached beside the public internet.
        resolve: a host's addresses.
        connect: to a checked address.
    """

    def __init__(
        self,
        contact: str,
        gate: HostGate,
        clock: WallClock,
        *,
        seconds: float = 30.0,
        networks: Sequence[Network] = (),
        resolve: Resolve = resolve,
        connect: Connect = connect,
    ) -> None:
        import stamina.instrumentation

        stamina.instrumentation.set_on_retry_hooks(())  # each attempt would be a line; the ledger says how it ended
        self._agent, self._gate, self._clock, self._seconds = user_agent(contact), gate, clock, seconds
        self._networks, self._resolve, self._connect = tuple(networks), resolve, connect
        self._rules: dict[str, HostRules] = {}
        self._locks: dict[str, threading.Lock] = {}
        self._lock = threading.Lock()

    def document(self, url: str, headers: Mapping[str, str] | None = None) -> Any:
        """The JSON document that an interface answers with.

        Raises:
            FetchFailed: it does not.
        """
        response = self.get(url, Wanted(headers=headers or {}, seconds=self._seconds))
        try:
            return json.loads(response.content)
        except ValueError:
            raise FetchFailed("protocol", "the interface answers with something else than JSON") from None

    def picture(self, url: str, *, etag: str = "", modified: str = "") -> Response:
        """The bytes of a picture; status 304 and none where it is still the one of before.

        Args:
            url: its address.
            etag: that came with it before; "" asks unconditionally.
            modified: likewise, its Last-Modified.

        Raises:
            FetchFailed: none comes, or its server does not want it fetched.
        """
        known = {"If-None-Match": etag, "If-Modified-Since": modified}
        headers = {name: value for name, value in known.items() if value}
        wanted = Wanted(PICTURES, LARGEST_PICTURE, self._seconds, headers, as_crawler=True, picture=True)
        return self.get(url, wanted)

    def get(self, url: str, wanted: Wanted) -> Response:
        """Ask, and ask again where that may help.

        Raises:
            FetchFailed: with the outcome of the last attempt.
        """
        import stamina

        def worthwhile(error: Exception) -> bool | float:
            if not isinstance(error, FetchFailed) or error.outcome not in AGAIN:
                return False
            return 0.0 if error.outcome == "429" else True  # the gate itself waits for the host

        for attempt in stamina.retry_context(worthwhile, attempts=ATTEMPTS, timeout=None, wait_initial=1, wait_max=30):
            with attempt:
                return self._followed(url, wanted)
        raise AssertionError("the last attempt raises what it raised")

    def _followed(self, url: str, wanted: Wanted) -> Response:
        with _named(wanted.seconds):
            address = web_address(url)
            for _ in range(1 + REDIRECTS):
                text = _text(address)
                if wanted.as_crawler:
                    self._ask_rules(address, text)
                outcome = self._asked(address, wanted)
                if isinstance(outcome, Response):
                    return outcome
                address = outcome
        raise FetchFailed("redirect", f"its server sends on more than {REDIRECTS} times")

    def _asked(self, address: WebAddress, wanted: Wanted) -> Response | WebAddress:
        """One request, when its host may be asked."""
        with self._gate.turn(address.host):
            ends = time.monotonic() + wanted.seconds
            headers = [
                ("Host", address.authority),
                ("User-Agent", self._agent),
                ("Accept", wanted.accept),
                ("Accept-Encoding", "identity"),
                *wanted.headers.items(),
                ("Connection", "close"),
            ]
            backend = CheckedBackend(ends, self._networks, self._looked_up, self._connect)
            url = httpcore2.URL(scheme=address.scheme, host=address.host, port=address.port, target=address.target)
            context = trusted() if address.scheme == "https" else None
            with (
                httpcore2.ConnectionPool(ssl_context=context, network_backend=backend, retries=0) as pool,
                pool.stream("GET", url, headers=headers) as response,
            ):
                sent = {name.lower().decode("latin-1"): value.decode("latin-1") for name, value in response.headers}
                if response.status in MOVED and "location" in sent:
                    return address.leading_to(sent["location"])
                self._refuse(response.status, sent, wanted, address.host)
                content = bytearray()
                for part in response.iter_stream() if response.status == 200 else ():
                    content += part
                    if len(content) > wanted.largest:
                        raise FetchFailed("too-large", f"it has more than {wanted.largest} bytes")
                    left(ends)
        text = _text(address)
        opt_out = opt_out_of_headers(sent) or (self._rules[address.host].reservation(text) if wanted.as_crawler else "")
        return Response(response.status, sent, bytes(content), text, opt_out)

    def _refuse(self, status: int, headers: Mapping[str, str], wanted: Wanted, host: str) -> None:
        """Return where what is wanted may follow these headers."""
        if status == 429 or (status == 503 and "retry-after" in headers):
            seconds = retry_after(headers.get("retry-after", ""), self._clock.now())
            self._gate.pause(host, PAUSE if seconds is None else seconds)
            raise FetchFailed("429", f"status {status}, Retry-After {headers.get('retry-after', 'not given')}")
        if status == 304 and any(name.startswith("If-") for name in wanted.headers):
            return
        if status != 200:
            outcome = "gone" if status in (404, 410) else "5xx" if status >= 500 else "4xx"
            raise FetchFailed(outcome, f"status {status}")
        if headers.get("content-encoding", "identity").strip().lower() not in ("", "identity"):
            raise FetchFailed("protocol", "it comes compressed once more, which its server was asked not to do")
        kind = headers.get("content-type", "").strip().lower()
        if wanted.picture and kind.startswith(NO_PICTURES):
            raise FetchFailed("type", f"its server sends {kind[:60]}")
        length = headers.get("content-length", "")
        if length.isdecimal() and int(length) > wanted.largest:
            raise FetchFailed("too-large", f"it has {length} bytes; at most {wanted.largest} are taken")

    def _ask_rules(self, address: WebAddress, text: str) -> None:
        with self._lock:
            lock = self._locks.setdefault(address.host, threading.Lock())
        with lock:
            if address.host not in self._rules:
                self._rules[address.host] = self._read_rules(address)
        rules = self._rules[address.host]
        if rules.robots is None:
            raise FetchFailed("robots", "its robots.txt cannot be asked, which counts as a refusal (RFC 9309)")
        if why := rules.why_not_fetched(text):
            raise FetchFailed(REFUSED, why)

    def _read_rules(self, address: WebAddress) -> HostRules:
        """What the host says; a page that is not there says nothing, one that cannot be asked forbids all."""
        start = f"{address.scheme}://{address.authority}"
        robots = self._rule_text(f"{start}/robots.txt")
        rules = HostRules(robots, reservations_of(self._rule_text(f"{start}/.well-known/tdmrep.json") or ""))
        if delay := rules.crawl_delay():
            self._gate.narrow(address.host, HostLimits(((1, delay),), 1, "Crawl-delay of its robots.txt"))
        return rules

    def _rule_text(self, url: str) -> str | None:
        try:
            return self.get(url, Wanted("*/*", seconds=self._seconds)).content.decode("utf-8", "replace")
        except FetchFailed as error:
            if error.outcome in UNASKED:
                raise
            return "" if error.outcome in ("gone", "4xx", "redirect") else None

    def _looked_up(self, host: str, port: int) -> Sequence[str]:
        try:
            return self._resolve(host, port)
        except socket.gaierror as error:
            raise FetchFailed("dns", f"{host}: {error.strerror}") from None


def retry_after(value: str, now: float) -> float | None:
    """Seconds that the header Retry-After asks for; None where it says nothing that can be read.

    Args:
        value: seconds or a date.
        now: seconds since 1970.
    """
    text = value.strip()
    if text.isdecimal():
        return float(text)
    with contextlib.suppress(TypeError, ValueError):
        return max(0.0, email.utils.parsedate_to_datetime(text).timestamp() - now)
    return None


@contextlib.contextmanager
def _named(seconds: float) -> Iterator[None]:
    """Give what goes wrong on the way its outcome."""
    try:
        yield
    except Refused as error:
        raise FetchFailed("address", error.detail) from None
    except httpcore2.ConnectTimeout:
        raise FetchFailed("connect", f"no connection within {seconds:.3g} s") from None
    except httpcore2.TimeoutException:
        raise FetchFailed("timeout", f"it did not come within {seconds:.3g} s") from None
    except httpcore2.ProtocolError as error:
        if "without sending complete" in str(error) or "disconnected" in str(error):
            raise FetchFailed("truncated", "the connection was closed before all of it had come") from None
        raise FetchFailed("protocol", str(error)[:120]) from None
    except httpcore2.NetworkError as error:
        if error.args and isinstance(error.args[0], ssl.SSLError):
            raise FetchFailed("tls", str(error.args[0])[:120]) from None
        outcome = "connect" if isinstance(error, httpcore2.ConnectError) else "truncated"
        raise FetchFailed(outcome, str(error)[:120] or "the connection broke") from None


def _text(address: WebAddress) -> str:
    return f"{address.scheme}://{address.authority}{address.target}"
