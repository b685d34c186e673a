"""A server on this machine that speaks the documented shapes of picture sources, a fifth of it with faults, and judges.

It writes down when each request of which host arrived, by the clock that the collector waits with; so whoever asks more
often than a host allows is seen by the server itself.
"""

from __future__ import annotations

import functools
import io
import itertools
import json
import socket
import threading
import time
import zlib
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Protocol
from urllib.parse import parse_qs, urlsplit

import httpcore2
import numpy as np
from PIL import Image

PUBLIC = "93.184.216.34"
CC = "https://creativecommons.org/licenses"
FAULTS = {
    "429": "kept",
    "500": "kept",
    "503 with Retry-After": "kept",
    "breaks off once": "kept",
    "one byte a second": "timeout",
    "truncated": "truncated",
    "10 GB": "too-large",
    "to a private address": "address",
    "web page": "type",
    "web page called JPEG": "type",
    "half a JPEG": "unfit",
    "bomb": "unfit",
    "tiny": "unfit",
    "duplicate": "duplicate",
    "recompressed": "duplicate",
    "404": "gone",
    "no such server": "dns",
    "robots.txt": "refused",
    "noai": "refused",
    "tdm-reservation": "refused",
    "no licence": "refused",
    "no derivatives": "refused",
    "two licences": "refused",
    "no address": "",
}
"""Fault of a picture -> what the ledger has to say of it; "" where it has no address to stand under."""
WHOLE = 16
HOSTS = {"wikimedia": "commons.test", "openverse": "openverse.test", "flickr": "flickr.test"}
FLICKR = {"4": f"{CC}/by/2.0/", "5": f"{CC}/by-sa/2.0/", "6": f"{CC}/by-nd/2.0/", "0": "https://www.flickr.com/help/"}


class Clock(Protocol):
    """What tells the time."""

    def now(self) -> float: ...


class JumpingClock:
    """A clock on which waiting takes no time: whoever sleeps moves it."""

    def __init__(self, start: float = 1_800_000_000.0) -> None:
        self._now, self._lock = start, threading.Lock()

    def now(self) -> float:
        return self._now

    def sleep(self, seconds: float) -> None:
        with self._lock:
            self._now += seconds


@dataclass(frozen=True)
class Item:
    """A picture of a source: its number, its fault, "" for none, and its host, "" for one by its source.

    Only a query that has its topic in it finds it; "" is found by any.
    """

    source: str
    number: int
    fault: str
    at: str = ""
    topic: str = ""

    @property
    def name(self) -> str:
        topic = f"-{self.topic}" if self.topic else ""
        return f"{self.source}{topic}-{self.number:05d}"

    @property
    def host(self) -> str:
        return "nowhere.test" if self.fault == "no such server" else self.at or f"files-{self.source}.test"

    @property
    def address(self) -> str:
        folder = "private/" if self.fault == "robots.txt" else ""
        return f"http://{self.host}/{folder}{self.name}.jpg"

    @property
    def licence(self) -> tuple[str, str]:
        """Kind and version."""
        return ("by-nd" if self.fault == "no derivatives" else ("by", "by-sa")[self.number % 2]), "2.0"


@dataclass(frozen=True)
class Arrival:
    """A request, when it arrived by the collector's clock, and how many of the host were at work then."""

    time: float
    host: str
    path: str
    at_once: int


def items_of(
    source: str, count: int, share: float, *, at: str = "", topic: str = "", kinds: Sequence[str] = tuple(FAULTS)
) -> list[Item]:
    """Pictures of a source, the given share with faults, all kinds in turn.

    The first are whole, so that they come first, and what is the same as one of them is the copy.
    """
    rng = np.random.default_rng(hash_of(source + topic))
    later = range(WHOLE, count)
    faulty = set(rng.choice(later, round(share * count), replace=False).tolist()) if share else set()
    turn = itertools.cycle(kinds)
    return [Item(source, n, next(turn) if n in faulty else "", at, topic) for n in range(count)]


def hash_of(text: str) -> int:
    return zlib.crc32(text.encode())


@functools.cache
def picture(name: str, quality: int = 90) -> bytes:
    """A JPEG of 96×80 pixels that looks like no other: eight soft waves, drawn from its name."""
    rng = np.random.default_rng(hash_of(name))
    y, x = np.mgrid[0:1:80j, 0:1:96j]
    waves = [
        a * np.cos(2 * np.pi * (fx * x + fy * y) + p)
        for a, fx, fy, p in zip(
            rng.uniform(0.3, 1, 24), rng.uniform(-4, 4, 24), rng.uniform(-4, 4, 24), rng.uniform(0, 6, 24), strict=True
        )
    ]
    grey = np.clip(128 + 28 * np.sum(waves, axis=0), 0, 255).astype(np.uint8)
    pixels = np.stack([grey, np.roll(grey, 7, axis=1), np.roll(grey, 5, axis=0)], axis=-1)
    out = io.BytesIO()
    Image.fromarray(pixels).save(out, "JPEG", quality=quality)
    return out.getvalue()


def bomb() -> bytes:
    """A PNG of a few kilobytes that says it has 60,000×60,000 pixels."""
    out = io.BytesIO()
    Image.new("L", (8, 8)).save(out, "PNG")
    small = bytearray(out.getvalue())
    header = b"IHDR" + (60_000).to_bytes(4, "big") * 2 + bytes([8, 0, 0, 0, 0])
    small[12:33] = header + zlib.crc32(header).to_bytes(4, "big")
    return bytes(small)


class Far:
    """What leads a collector to the servers of a world, in this process or another.

    Args:
        clock: of the collector.
        port: of the world.
    """

    def __init__(self, clock: Clock, port: int) -> None:
        self.clock, self.port = clock, port
        self.connected: list[str] = []
        self.resolve_all = False

    def resolve(self, host: str, port: int) -> Sequence[str]:
        if host == "nowhere.test" and not self.resolve_all:
            raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")
        return [PUBLIC] if host.endswith(".test") else [host]

    def connect(self, address: str, port: int, seconds: float) -> httpcore2.NetworkStream:
        self.connected.append(address)
        return httpcore2.SyncBackend().connect_tcp("127.0.0.1", self.port, timeout=seconds)


class World(Far):
    """Servers of sources and of their files, all behind one port of this machine.

    Args:
        items: pictures by source.
        clock: of the collector.
        port: that is listened on; 0 for any.
        picture: gives the JPEG of a name, of that quality.
        addresses: of this machine, that are listened on.
    """

    def __init__(
        self,
        items: dict[str, Sequence[Item]],
        clock: Clock,
        port: int = 0,
        *,
        picture: Callable[[str, int], bytes] = picture,
        addresses: Sequence[str] = ("127.0.0.1",),
    ) -> None:
        self.items, self.picture = items, picture
        self.arrivals: list[Arrival] = []
        self.agents: set[str] = set()
        self.not_modified = 0
        self._by_path = {urlsplit(item.address).path: item for each in items.values() for item in each}
        self._asked: dict[str, int] = defaultdict(int)
        self._open: dict[str, list[socket.socket]] = defaultdict(list)
        self._lock = threading.Lock()
        handler = type("Handler", (_Handler,), {"world": self})
        self._servers = [ThreadingHTTPServer((address, port), handler) for address in addresses]
        super().__init__(clock, self._servers[0].server_address[1])
        for server in self._servers:
            server.daemon_threads = True
            threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()

    def close(self) -> None:
        for server in self._servers:
            server.shutdown()
            server.server_close()

    def matching(self, source: str, query: str) -> list[Item]:
        """Pictures of a source that a query finds."""
        return [item for item in self.items[source] if item.topic in query]

    def good(self, source: str) -> set[str]:
        """Addresses of which the picture has to be there in the end."""
        return {item.address for item in self.items[source] if not item.fault or FAULTS[item.fault] == "kept"}

    def judge(self, host: str, windows: Sequence[tuple[int, float]], at_once: int) -> list[str]:
        """What the log of a host says against the collector; [] where it kept to the limits."""
        arrivals = [arrival for arrival in self.arrivals if arrival.host == host]
        wrong = [f"{arrival.at_once} at once: {arrival.path}" for arrival in arrivals if arrival.at_once > at_once]
        times = sorted(arrival.time for arrival in arrivals)
        for most, seconds in windows:
            pairs = zip(times, times[most:], strict=False)
            wrong += [f"{most + 1} within {b - a:.1f} s, of {seconds:g}" for a, b in pairs if b - a < seconds]
        return wrong

    def arrived(self, host: str, path: str, agent: str, connection: socket.socket | None = None) -> int:
        """Write a request down; gives which one of this path it is.

        Others are at work as long as their client holds the connection open.
        """
        with self._lock:
            self._open[host] = [each for each in self._open[host] if not _closed_by_client(each)]
            if connection is not None:
                self._open[host].append(connection)
            self._asked[path] += 1
            self.agents.add(agent)
            self.arrivals.append(Arrival(self.clock.now(), host, path, len(self._open[host])))
            return self._asked[path]

    def left(self, host: str, connection: socket.socket) -> None:
        """The server itself ends a request."""
        with self._lock:
            self._open[host] = [each for each in self._open[host] if each is not connection]

    def item(self, path: str) -> Item | None:
        return self._by_path.get(path)


def _closed_by_client(connection: socket.socket) -> bool:
    try:
        return connection.recv(1, socket.MSG_PEEK | socket.MSG_DONTWAIT) == b""
    except BlockingIOError:
        return False
    except OSError:
        return True


class _Handler(BaseHTTPRequestHandler):
    world: World
    protocol_version = "HTTP/1.1"

    def log_message(self, *words: object) -> None:
        return

    def do_GET(self) -> None:  # the name is the library's
        host, address = self.headers["Host"], urlsplit(self.path)
        turn = self.world.arrived(host, address.path, self.headers["User-Agent"], self.connection)
        try:
            if address.path in SHAPES:
                asked = {name: values[-1] for name, values in parse_qs(address.query).items()}
                self._send(200, json.dumps(SHAPES[address.path](self.world, asked)).encode(), "application/json")
            elif address.path == "/robots.txt":
                self._send(200, b"User-agent: *\nDisallow: /private/\n", "text/plain")
            elif (item := self.world.item(address.path)) is not None:
                self._picture(item, turn)
            else:
                self._send(404, b"", "text/plain")
        except OSError:
            return
        finally:
            self.world.left(host, self.connection)

    def _send(self, status: int, body: bytes, kind: str = "image/jpeg", **headers: str) -> None:
        self.send_response(status)
        given = {name.replace("_", "-"): value for name, value in headers.items()}
        for name, value in {"Content-Type": kind, "Content-Length": str(len(body)), **given}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def _picture(self, item: Item, turn: int) -> None:
        body = self.world.picture(item.name, 90)
        fault = item.fault
        if fault in ("429", "500", "503 with Retry-After") and turn == 1:
            later = {} if fault == "500" else {"Retry_After": "120"}
            self._send(int(fault[:3]), b"", **later)
        elif fault in ("truncated", "breaks off once") and (fault == "truncated" or turn == 1):
            self._send(200, body[:900], Content_Length=str(len(body)))
            self.close_connection = True
        elif fault == "one byte a second":
            self._send(200, body[:1], Content_Length=str(len(body)))
            for byte in body[1:60]:
                time.sleep(1)
                self.wfile.write(bytes([byte]))
            self.close_connection = True
        elif fault == "10 GB":
            self._send(200, body, Content_Length=str(10 * 2**30))
            self.close_connection = True
        elif fault == "to a private address":
            self._send(302, b"", Location="http://10.0.0.7/latest/meta-data.jpg")
        elif fault == "web page":
            self._send(200, b"<html>please sign in</html>", "text/html; charset=utf-8")
        elif fault == "web page called JPEG":
            self._send(200, b"<!DOCTYPE html><html>no</html>")
        elif fault == "404":
            self._send(404, b"")
        elif fault == "noai":
            self._send(200, body, X_Robots_Tag="noai, noimageai")
        elif fault == "tdm-reservation":
            self._send(200, body, tdm_reservation="1")
        elif self.headers["If-None-Match"] == f'"{item.name}"':
            self.world.not_modified += 1
            self._send(304, b"")
        else:
            self._send(200, _unfit(item, body, self.world.picture), ETag=f'"{item.name}"')


def _unfit(item: Item, body: bytes, picture: Callable[[str, int], bytes]) -> bytes:
    first = replace(item, number=0).name
    tiny = io.BytesIO()
    Image.new("RGB", (20, 20), "red").save(tiny, "PNG")
    return {
        "half a JPEG": body[: len(body) // 2],
        "bomb": bomb(),
        "tiny": tiny.getvalue(),
        "duplicate": picture(first, 90),
        "recompressed": picture(first, 70),
    }.get(item.fault, body)


def _commons(world: World, asked: dict[str, str]) -> dict[str, object]:
    items = world.matching("wikimedia", asked["gsrsearch"])
    start, size = int(asked.get("gsroffset", 0)), int(asked["gsrlimit"])
    pages = []
    for item in items[start : start + size]:
        kind, version = item.licence
        stated = {
            "Artist": {"value": f'<a href="//x.test/User:{item.number % 7}">Author {item.number % 7}</a>'},
            "ObjectName": {"value": item.name},
            "LicenseShortName": {"value": f"CC {kind.upper()} {version}"},
            "LicenseUrl": {"value": f"{CC}/{kind}/{version}"},
        }
        if item.fault == "no licence":
            stated = {"Artist": stated["Artist"]}
        if item.fault == "two licences":
            stated["LicenseUrl"] = {"value": f"{CC}/by-nc/3.0/"}
        info = {
            "url": item.address,
            "descriptionurl": f"http://commons.test/wiki/File:{item.name}.jpg",
            "width": 96,
            "height": 80,
            "mime": "image/jpeg",
            "extmetadata": stated,
        }
        if item.fault == "no address":
            del info["url"]
        page = {"pageid": item.number, "ns": 6, "title": f"File:{item.name}.jpg", "index": item.number}
        pages.append({**page, "imageinfo": [info]})
    answer: dict[str, object] = {"query": {"pages": pages}}
    if start + size < len(items):
        answer["continue"] = {"gsroffset": start + size, "continue": "gsroffset||"}
    return answer


def _openverse(world: World, asked: dict[str, str]) -> dict[str, object]:
    items, page, size = world.matching("openverse", asked["q"]), int(asked["page"]), int(asked["page_size"])
    results = []
    for item in items[(page - 1) * size : page * size]:
        kind, version = item.licence
        stated = {"license": kind, "license_version": version, "license_url": f"{CC}/{kind}/{version}/"}
        if item.fault == "no licence":
            stated = {}
        if item.fault == "two licences":
            stated["license_url"] = f"{CC}/by-nc/3.0/"
        where = {} if item.fault == "no address" else {"url": item.address}
        landing = f"http://pages.test/{item.name}"
        about = {"id": item.name, "title": item.name, "creator": f"Author {item.number % 7}", "provider": "stand-in"}
        results.append({**about, "foreign_landing_url": landing, **where, **stated, "width": 96, "height": 80})
    return {
        "result_count": len(items),
        "page_count": min(20, -(-len(items) // size)),
        "page_size": size,
        "page": page,
        "results": results,
    }


def _flickr(world: World, asked: dict[str, str]) -> dict[str, object]:
    if asked["method"] == "flickr.photos.licenses.getInfo":
        listed = [{"id": number, "name": url, "url": url} for number, url in FLICKR.items()]
        return {"licenses": {"license": listed}, "stat": "ok"}
    items, page, size = world.matching("flickr", asked["text"]), int(asked["page"]), int(asked["per_page"])
    photos = []
    for item in items[(page - 1) * size : page * size]:
        number = {"by": "4", "by-sa": "5", "by-nd": "6"}[item.licence[0]]
        number = {"no licence": "77", "two licences": "0"}.get(item.fault, number)
        photo = {"id": item.name, "owner": f"{item.number % 7}@N00", "ownername": f"Author {item.number % 7}"}
        where = {} if item.fault == "no address" else {"url_m": item.address, "width_m": 96, "height_m": "80"}
        photos.append({**photo, "title": item.name, "license": number, **where})
    about = {"page": page, "pages": -(-len(items) // size), "perpage": size, "total": len(items)}
    return {"photos": {**about, "photo": photos}, "stat": "ok"}


def _unsplash(world: World, asked: dict[str, str]) -> dict[str, object]:
    items, page, size = world.items["unsplash"], int(asked["page"]), int(asked["per_page"])
    results = [
        {
            "id": item.name,
            "description": item.name,
            "urls": {"raw": item.address, "regular": item.address},
            "links": {"html": f"http://pages.test/{item.name}"},
            "user": {"name": f"Author {item.number % 7}"},
        }
        for item in items[(page - 1) * size : page * size]
    ]
    return {"total": len(items), "total_pages": -(-len(items) // size), "results": results}


SHAPES = {
    "/w/api.php": _commons,
    "/v1/images/": _openverse,
    "/services/rest/": _flickr,
    "/search/photos": _unsplash,
}
"""Path of an interface -> what answers there."""
