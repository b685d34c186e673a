"""Hosts are asked as they want it: rules and objections are read as meant, turns are kept over processes."""

from __future__ import annotations

import os
import sqlite3
import subprocess
from pathlib import Path

import pytest

from assay.collection.client import Client, retry_after
from assay.collection.host_gate import HostGate
from assay.collection.limits import HostLimits
from assay.collection.manners import HostRules, opt_out_of_headers, reservations_of
from assay.collection.outcome import FetchFailed
from stand_ins import StandIn, answering

NOW = 1_800_000_000.0  # Fri, 15 Jan 2027 08:00:00 GMT


class Jumping:
    """A clock on which waiting takes no time."""

    def __init__(self) -> None:
        self.time = NOW

    def now(self) -> float:
        return self.time

    def sleep(self, seconds: float) -> None:
        self.time += seconds


@pytest.mark.parametrize(
    ("headers", "objects"),
    [
        ({}, False),
        ({"x-robots-tag": "noindex, nofollow"}, False),
        ({"x-robots-tag": "noai"}, True),
        ({"x-robots-tag": "noindex, NoImageAI"}, True),
        ({"x-robots-tag": "assay: noai"}, True),
        ({"x-robots-tag": "otherbot: noai"}, False),
        ({"x-robots-tag": "noaim"}, False),
        ({"tdm-reservation": "1", "tdm-policy": "https://a.test/policy.json"}, True),
        ({"tdm-reservation": "0"}, False),
    ],
)
def test_headers_object_where_they_say_so(headers: dict[str, str], objects: bool) -> None:
    assert bool(opt_out_of_headers(headers)) == objects


def test_robots_txt_speaks_to_everybody_or_to_this_program_and_tells_a_delay() -> None:
    rules = HostRules("User-agent: *\nDisallow: /a/\nCrawl-delay: 4\n\nUser-agent: assay\nDisallow: /b/\n")
    assert rules.why_not_fetched("https://x.test/a/1.jpg") == ""
    assert rules.why_not_fetched("https://x.test/b/1.jpg") == "its robots.txt forbids it"
    assert HostRules("User-agent: *\nDisallow: /a/\nCrawl-delay: 4").crawl_delay() == 4
    assert HostRules("").why_not_fetched("https://x.test/a") == ""
    assert HostRules("<html>not found</html>").why_not_fetched("https://x.test/a") == ""


def test_of_a_tdmrep_file_the_first_pattern_that_fits_holds() -> None:
    text = (
        '[{"location": "/open/*", "tdm-reservation": 0}, {"location": "/*", "tdm-reservation": 1, "tdm-policy": "p"},'
        ' "nonsense", {"location": 3}]'
    )
    rules = HostRules("", reservations_of(text))
    assert rules.reservation("https://x.test/open/a.jpg") == ""
    assert rules.reservation("https://x.test/b.jpg") == "tdmrep.json reserves /*"
    assert reservations_of("<html>") == reservations_of('{"location": "/"}') == ()


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("120", 120.0),
        (" 0 ", 0.0),
        ("Fri, 15 Jan 2027 08:01:30 GMT", 90.0),
        ("Fri, 15 Jan 2027 07:00:00 GMT", 0.0),
        ("", None),
        ("soon", None),
        ("-5", None),
    ],
)
def test_retry_after_is_seconds_or_a_date(value: str, seconds: float | None) -> None:
    assert retry_after(value, NOW) == seconds


def gate(folder: Path, clock: Jumping, *, patience: float = 1e9, **limits: object) -> HostGate:
    given = {"windows": ((3, 60.0),), "at_once": 2, "declared": "here"} | limits
    return HostGate(folder / "hosts.db", lambda host: HostLimits(**given), clock, patience)  # type: ignore[arg-type]


def test_a_window_holds_over_two_gates_of_one_file_and_another_host_has_its_own(tmp_path: Path) -> None:
    clock = Jumping()
    first, second = gate(tmp_path, clock), gate(tmp_path, clock)
    for each in (first, second, first):
        with each.turn("a.test"):
            pass
    with second.turn("b.test"):
        assert clock.now() == NOW
    with second.turn("a.test"):
        assert clock.now() == NOW + 60


def test_a_day_that_is_used_up_is_said_with_its_end_instead_of_waited_for(tmp_path: Path) -> None:
    clock = Jumping()
    gate_ = gate(tmp_path, clock, windows=((2, 86_400.0),), patience=900.0)
    for _ in range(2):
        with gate_.turn("a.test"):
            pass
    with pytest.raises(FetchFailed, match=r"a\.test may be asked again at 2027-01-16T08:00:00Z"), gate_.turn("a.test"):
        pass


def test_a_pause_is_kept_by_other_processes_and_not_shortened(tmp_path: Path) -> None:
    clock = Jumping()
    first, second = gate(tmp_path, clock), gate(tmp_path, clock)
    first.pause("a.test", 500)
    first.pause("a.test", 5)
    with second.turn("a.test"):
        assert clock.now() == NOW + 500


def test_a_crawl_delay_narrows_what_is_known_of_a_host(tmp_path: Path) -> None:
    clock = Jumping()
    narrow = gate(tmp_path, clock)
    narrow.narrow("a.test", HostLimits(((1, 10.0),), 1, "Crawl-delay"))
    for expected in (0, 10, 20):
        with narrow.turn("a.test"):
            assert clock.now() == NOW + expected


def test_a_request_of_a_dead_process_stops_nobody_but_counts(tmp_path: Path) -> None:
    clock = Jumping()
    waiting = gate(tmp_path, clock, at_once=1, windows=((1, 60.0),))
    dead = subprocess.Popen(["true"])
    dead.wait()
    with sqlite3.connect(tmp_path / "hosts.db") as database:
        row = ("a.test", NOW - 5, f"{dead.pid} 1.00")
        database.execute("INSERT INTO requests (host, begun, process) VALUES (?, ?, ?)", row)
    with waiting.turn("a.test"):
        assert clock.now() == NOW + 60


def test_a_number_that_another_process_has_now_stops_nobody(tmp_path: Path) -> None:
    clock = Jumping()
    waiting = gate(tmp_path, clock, at_once=1, windows=((1, 60.0),))
    with sqlite3.connect(tmp_path / "hosts.db") as database:
        row = ("a.test", NOW - 5, f"{os.getpid()} 12.00")
        database.execute("INSERT INTO requests (host, begun, process) VALUES (?, ?, ?)", row)
    with waiting.turn("a.test"):
        assert clock.now() == NOW + 60


@pytest.mark.parametrize(
    ("status", "body", "outcome"),
    [
        ("404 Not Found", b"", "kept"),
        ("403 Forbidden", b"", "kept"),
        ("500 Oops", b"", "robots"),
        ("200 OK", b"User-agent: *\nDisallow: /\n", "refused"),
    ],
)
def test_robots_txt_that_is_not_there_allows_and_one_that_cannot_be_asked_does_not(
    status: str, body: bytes, outcome: str, tmp_path: Path
) -> None:
    def act(connection, head):
        answer = answering(body, status) if "/robots.txt" in head else answering(b"\xff\xd8\xff", "200 OK")
        answer(connection, head)

    from stand_ins import PUBLIC, Internet

    server, clock = StandIn(act), Jumping()
    internet = Internet({"a.test": [PUBLIC]}, {80: server})
    doors = {"resolve": internet.resolve, "connect": internet.connect}
    client = Client("me@example.org", gate(tmp_path, clock), clock, **doors)
    try:
        client.picture("http://a.test/1.jpg")
        happened = "kept"
    except FetchFailed as error:
        happened = error.outcome
    server.close()
    assert happened == outcome
