"""Pictures are fetched from the public internet alone, whatever an address, a name server or a server says."""

from __future__ import annotations

import gzip
import ipaddress
import socket
import ssl
import sys
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assay.errors import ConfigError
from assay.internet.connecting import resolve
from assay.internet.public import is_public, networks_of
from assay.internet.refused import Refused
from assay.internet.web_address import looks_like_url, web_address
from assay.serving.fetch.fetcher import LARGEST, REDIRECTS, USER_AGENT, Fetcher
from assay.serving.refusal import Refusal
from hostile_urls import NAMES, OTHER, PRIVATE
from stand_ins import PUBLIC, Internet, StandIn, answering, certificate, endless

BODY = b"\x89PNG\r\n\x1a\n" + bytes(500)
NAME = "pictures.example.org"
_connects: list[Any] = []
_hooked: list[bool] = []


@pytest.fixture
def connections() -> list[Any]:
    """Every address of the internet that any socket of this process connects to, as the interpreter itself says it."""
    if not _hooked:
        sys.addaudithook(
            lambda event, given: (
                _connects.append(given[1]) if event == "socket.connect" and isinstance(given[1], tuple) else None
            )
        )
        _hooked.append(True)
    _connects.clear()
    return _connects


@pytest.fixture
def stand_in() -> Iterator[Callable[..., StandIn]]:
    made: list[StandIn] = []

    def make(act: Any, context: ssl.SSLContext | None = None) -> StandIn:
        made.append(StandIn(act, context))
        return made[-1]

    yield make
    for each in made:
        each.close()


def refused(fetcher: Fetcher, url: str) -> Refusal:
    with pytest.raises(Refusal) as caught:
        fetcher.fetch(url)
    return caught.value


@pytest.mark.parametrize("url", PRIVATE, ids=ascii)
def test_no_socket_connects_to_an_address_that_is_not_public(connections, url):
    assert refused(Fetcher(seconds=5), url).name == "address"
    assert connections == []


@pytest.mark.parametrize("name", NAMES)
def test_a_name_of_which_any_address_is_not_public_is_not_connected_to(name):
    internet = Internet(NAMES, {})
    assert refused(internet.fetcher(), f"https://{name}/a.png").name == "address"
    assert internet.connected == []


@pytest.mark.parametrize("url", OTHER, ids=lambda url: ascii(url)[:40])
def test_other_ports_schemes_and_credentials_are_not_even_resolved(url):
    internet = Internet({}, {})
    assert refused(internet.fetcher(), url).name == "address"
    assert (internet.asked, internet.connected) == ([], [])


def test_a_picture_comes_from_the_checked_address_and_the_server_hears_the_name(stand_in):
    server = stand_in(answering(BODY))
    internet = Internet({NAME: [PUBLIC]}, {80: server})
    assert internet.fetcher().fetch(f"http://{NAME.upper()}./a%20b/ไทย.png?q=1&r=é#part") == BODY
    assert (internet.asked, internet.connected) == ([NAME], [(PUBLIC, 80)])
    first, *lines = server.heads[0].splitlines()
    headers = dict(line.lower().split(": ", 1) for line in lines if line)
    assert first == "GET /a%20b/%E0%B9%84%E0%B8%97%E0%B8%A2.png?q=1&r=%C3%A9 HTTP/1.1"
    assert headers["host"] == NAME
    assert headers["user-agent"] == USER_AGENT.lower()
    assert headers["accept-encoding"] == "identity"
    assert not {"cookie", "authorization", "referer", "x-forwarded-for"} & set(headers)


def test_a_name_that_resolves_differently_the_second_time_is_asked_once(stand_in):
    answers = iter([[PUBLIC], ["127.0.0.1"], ["127.0.0.1"]])
    internet = Internet({NAME: lambda: next(answers)}, {80: stand_in(answering(BODY))})
    assert internet.fetcher().fetch(f"http://{NAME}/a.png") == BODY
    assert (internet.asked, internet.connected) == ([NAME], [(PUBLIC, 80)])


def test_a_redirect_to_the_same_name_is_checked_anew(stand_in):
    answers = iter([[PUBLIC], ["127.0.0.1"]])
    server = stand_in(answering(b"", "302 Found", Location="/b.png"))
    internet = Internet({NAME: lambda: next(answers)}, {80: server})
    assert refused(internet.fetcher(), f"http://{NAME}/a.png").name == "address"
    assert internet.connected == [(PUBLIC, 80)]


LOCATIONS = [url for url in (*PRIVATE, *OTHER) if url and "\r\n" not in url and not url.startswith(("http:1", "93."))]
"""Without those that are no header, or a path of the same server."""


@pytest.mark.parametrize("location", LOCATIONS, ids=lambda url: ascii(url)[:40])
def test_no_redirect_leads_to_an_address_that_is_not_public(stand_in, location):
    sent = location.encode().decode("latin-1")

    def act(connection: socket.socket, head: str) -> None:
        connection.sendall(f"HTTP/1.1 302 Found\r\nLocation: {sent}\r\nContent-Length: 0\r\n\r\n".encode("latin-1"))

    internet = Internet({NAME: [PUBLIC], "localhost": ["127.0.0.1"]}, {80: stand_in(act)})
    assert refused(internet.fetcher(), f"http://{NAME}/a.png").name in ("address", "fetch")
    assert {address for address, _ in internet.connected} == {PUBLIC}
    assert {port for _, port in internet.connected} <= {80, 443}


def test_redirects_are_followed_and_end(stand_in):
    def act(connection: socket.socket, head: str) -> None:
        left = int(head.split()[1].strip("/"))
        answer = answering(b"", "307 Again", Location=f"/{left - 1}") if left else answering(BODY)
        answer(connection, head)

    internet = Internet({NAME: [PUBLIC]}, {80: stand_in(act)})
    assert internet.fetcher().fetch(f"http://{NAME}/{REDIRECTS}") == BODY
    internet.connected.clear()
    assert "more than 5 times" in refused(internet.fetcher(), f"http://{NAME}/{REDIRECTS + 20}").detail
    assert len(internet.connected) == REDIRECTS + 1


def test_no_proxy_netrc_or_cookie_of_the_environment_is_used(stand_in, monkeypatch, tmp_path):
    server, proxy = stand_in(answering(BODY, Set_Cookie="a=b")), stand_in(answering(b"proxied"))
    for name in ("http_proxy", "HTTP_PROXY", "https_proxy", "all_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, f"http://127.0.0.1:{proxy.port}")
    (tmp_path / ".netrc").write_text(f"machine {NAME} login a password b\n")
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("NETRC", str(tmp_path / ".netrc"))
    fetcher = Internet({NAME: [PUBLIC]}, {80: server}).fetcher()
    assert [fetcher.fetch(f"http://{NAME}/a.png") for _ in range(2)] == [BODY, BODY]
    assert proxy.heads == []
    assert len(server.heads) == 2
    assert not any("cookie" in head.lower() or "authorization" in head.lower() for head in server.heads)


def test_the_next_address_of_a_name_is_tried_when_one_does_not_answer(stand_in):
    import httpcore2

    internet = Internet({NAME: ["2606:4700::1111", PUBLIC]}, {80: stand_in(answering(BODY))})
    through = internet.connect

    def only_v4(address: str, port: int, seconds: float) -> Any:
        if ":" in address:
            internet.connected.append((address, port))
            raise httpcore2.ConnectError(address)
        return through(address, port, seconds)

    assert Fetcher(resolve=internet.resolve, connect=only_v4).fetch(f"http://{NAME}/a.png") == BODY
    assert internet.connected == [("2606:4700::1111", 80), (PUBLIC, 80)]


def test_a_network_of_the_operators_own_may_be_named(stand_in):
    internet = Internet({"nas": ["10.1.2.3"], "else": ["10.2.0.1"]}, {80: stand_in(answering(BODY))})
    fetcher = internet.fetcher(networks=networks_of(["10.1.0.0/16"]))
    assert fetcher.fetch("http://nas/a.png") == BODY
    assert refused(fetcher, "http://else/a.png").name == "address"
    assert refused(fetcher, "http://127.0.0.1/a.png").name == "address"
    with pytest.raises(ConfigError, match=r"fetch_networks=\[10.1.0.0/16\]"):
        networks_of(["10.1.2.3/16"])


def test_a_certificate_has_to_be_of_the_name_while_the_connection_goes_to_the_address(stand_in, tmp_path):
    theirs, ours = certificate(tmp_path, NAME)
    names: list[str | None] = []
    theirs.sni_callback = lambda connection, name, context: names.append(name)
    internet = Internet({NAME: [PUBLIC], "other.example.org": [PUBLIC]}, {443: stand_in(answering(BODY), theirs)})
    fetcher = internet.fetcher(context=ours)
    assert fetcher.fetch(f"https://{NAME}/a.png") == BODY
    assert (names, internet.connected) == ([NAME], [(PUBLIC, 443)])
    assert "certificate" in refused(fetcher, "https://other.example.org/a.png").detail
    assert "certificate" in refused(internet.fetcher(), f"https://{NAME}/a.png").detail


HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: image/png\r\n"


@pytest.mark.parametrize(
    ("act", "name", "said"),
    [
        (answering(b"<html>", Content_Type="text/html; charset=utf-8"), "format", "content type"),
        (answering(b"no", "404 Not Found"), "fetch", "404"),
        (answering(b"no", "500 Broken"), "fetch", "500"),
        (answering(b"", "304 Not Modified"), "fetch", "304"),
        (answering(b"", "302 Found"), "fetch", "302"),
        (answering(BODY, Content_Length="99999999999"), "too-large", "99999999999"),
        (answering(gzip.compress(bytes(10**7)), Content_Encoding="gzip"), "fetch", "compressed"),
        (endless(HEAD + b"\r\n", bytes(65536)), "too-large", "more than"),
        (endless(HEAD + b"Transfer-Encoding: chunked\r\n\r\n", b"10000\r\n" + bytes(65536) + b"\r\n"), "too-large", ""),
        (endless(HEAD, b"X-A: " + b"a" * 4000 + b"\r\n"), "fetch", "HTTP"),
        (endless(b"", b"HTTP/1.1 100 Continue\r\n\r\n", 0.01), "fetch", "within"),
        (endless(b"", b""), "fetch", "within"),
        (endless(HEAD, b"X", 0.05), "fetch", "within"),
        (endless(HEAD + b"\r\n", b"x", 0.05), "fetch", "within"),
        (answering(BODY[:100], Content_Length="508"), "fetch", "HTTP"),
        (lambda connection, head: connection.sendall(b"SSH-2.0-OpenSSH_9.9\r\n"), "fetch", "HTTP"),
        (lambda connection, head: None, "fetch", "HTTP"),
    ],
)
def test_what_a_server_sends_instead_of_a_picture_is_refused_within_bytes_and_seconds(stand_in, act, name, said):
    internet = Internet({NAME: [PUBLIC]}, {80: stand_in(act)})
    begun = time.monotonic()
    refusal = refused(internet.fetcher(seconds=1.0, largest=10**6), f"http://{NAME}/a.png")
    assert refusal.name == name
    assert said in refusal.detail
    assert time.monotonic() - begun < 5


def test_the_time_is_of_the_whole_fetch_with_redirects_names_and_handshakes(stand_in):
    def slowly(connection: socket.socket, head: str) -> None:
        time.sleep(0.4)
        answering(b"", "302 Found", Location="/again")(connection, head)

    internet = Internet({NAME: [PUBLIC]}, {80: stand_in(slowly), 443: stand_in(endless(b"", b""))})
    assert "within 1 s" in refused(internet.fetcher(seconds=1.0), f"http://{NAME}/a.png").detail
    assert len(internet.connected) <= 3
    assert "within 0.2 s" in refused(internet.fetcher(seconds=0.2), f"https://{NAME}/a.png").detail
    never = Internet({NAME: lambda: time.sleep(3)}, {})
    begun = time.monotonic()
    assert "within 0.2 s" in refused(never.fetcher(seconds=0.2), f"http://{NAME}/a.png").detail
    assert time.monotonic() - begun < 2


def test_who_asks_may_count_the_bytes_and_end_it(stand_in):
    def spend(size: int) -> None:
        raise Refusal("too-large", "enough")

    fetcher = Internet({NAME: [PUBLIC]}, {80: stand_in(answering(BODY))}).fetcher()
    with pytest.raises(Refusal, match="enough"):
        fetcher.fetch(f"http://{NAME}/a.png", spend=spend)


@given(st.integers(0, 2**32 - 1) | st.integers(0, 2**128 - 1).map(lambda number: ipaddress.IPv6Address(number)))
def test_what_is_public_is_so_by_the_standard_library_as_well(number):
    address = ipaddress.ip_address(number) if isinstance(number, int) else number
    if is_public(address):
        assert address.is_global
        assert not address.is_multicast


@pytest.mark.parametrize("text", ["8.8.8.8", "1.1.1.1", "203.0.114.1", "172.32.0.1", "2606:4700::1111", "2a00::1"])
def test_addresses_of_the_internet_are_public(text):
    assert is_public(ipaddress.ip_address(text))


@given(st.text())
def test_any_text_is_an_address_with_port_80_or_443_or_refused(text):
    for url in (text, f"http://{text}", f"https://example.org{text}"):
        try:
            address = web_address(url)
        except Refused:
            continue
        assert address.port in (80, 443)
        assert address.host.isascii()
        assert address.target.isascii()
        assert not set(address.target) & set(" \r\n\t\\#")
        assert not set(address.host) & set(" \r\n\t\\#@/?%")


@pytest.mark.parametrize(
    ("word", "meant"),
    [("http://a", True), ("HTTPS://a", True), ("http:/a", False), ("photo.jpg", False), ("file:///a", False)],
)
def test_a_word_is_meant_as_an_address_by_its_beginning(word, meant):
    assert looks_like_url(word) is meant


def test_an_ip_address_resolves_to_itself_and_a_picture_has_a_bound_by_itself():
    assert list(resolve("127.0.0.1", 80)) == ["127.0.0.1"]
    assert LARGEST == 20_000_000
