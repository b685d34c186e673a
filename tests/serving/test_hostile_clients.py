"""Clients that send too much, too slowly or nonsense, against uvicorn as `assay serve` runs it; others are answered."""

from __future__ import annotations

import contextlib
import io
import json
import socket
import struct
import time
import zlib
from collections.abc import Iterator
from typing import Any

import pytest
from PIL import Image

from assay.serving.patient_protocol import PatientProtocol
from assay.web import body
from running_service import SECONDS, Running
from serving_world import png


@pytest.fixture
def running(with_settings, monkeypatch) -> Iterator[Running]:
    monkeypatch.setattr(PatientProtocol, "head_seconds", 1.0)
    monkeypatch.setattr(body, "GRACE", 1.0)
    made = Running(with_settings(per_minute=1000))
    yield made
    made.close()


def answer(connection: socket.socket) -> tuple[int, dict[str, Any]]:
    """Status and document of a response whose connection is closed behind it, or of one with a length."""
    said = b""
    while b"\r\n\r\n" not in said and (part := connection.recv(65536)):
        said += part
    head, _, rest = said.partition(b"\r\n\r\n")
    length = next(int(line[15:]) for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:"))
    while len(rest) < length and (part := connection.recv(65536)):
        rest += part
    return int(head.split()[1]), json.loads(rest)


def test_ten_gigabytes_are_refused_before_they_come(running):
    for head, expected in ((running.head, 413), (b"POST /v1/classify HTTP/1.1\r\nHost: x\r\n", 401)):
        connection = running.connect(head + b"Content-Length: 10000000000\r\n\r\n")
        assert answer(connection)[0] == expected
        connection.close()
    assert running.ask(png(1)) == 200


def test_a_body_without_a_length_is_read_no_further_than_is_taken(running):
    connection = running.connect(running.head + b"Transfer-Encoding: chunked\r\n\r\n")
    piece = b"100000\r\n" + bytes(2**20) + b"\r\n"
    sent = 0
    try:
        while sent < 200 * 2**20:
            connection.sendall(piece)
            sent += 2**20
    except OSError:
        pass
    assert sent < 60 * 2**20
    assert running.ask(png(1)) == 200


def test_a_body_that_comes_too_slowly_is_refused_and_one_that_goes_on_is_not(running, monkeypatch):
    connection = running.connect(running.head + b"Content-Length: 1000000\r\n\r\n\x89PNG")
    begun = time.monotonic()
    assert answer(connection)[0] == 408
    assert 0.9 < time.monotonic() - begun < 10
    monkeypatch.setattr(body, "SLOWEST", 100)
    content = png(1, size=(20, 20))
    connection = running.connect(running.head + f"Content-Length: {len(content)}\r\n\r\n".encode())
    for start in range(0, len(content), 300):
        connection.sendall(content[start : start + 300])
        time.sleep(0.4)
    assert answer(connection)[0] == 200


def seconds_of_sending(connection, piece: bytes) -> float:
    """Send a piece again and again until the service closes the connection."""
    begun = time.monotonic()
    with contextlib.suppress(OSError):
        while time.monotonic() - begun < SECONDS:
            connection.sendall(piece)
            time.sleep(0.05)
    return time.monotonic() - begun


@pytest.mark.parametrize("start", [b"", b"POST /v1/cla", b"POST /v1/classify HTTP/1.1\r\nHost: x\r\nX-A: "])
def test_a_head_that_does_not_end_is_refused(running, start):
    connection = running.connect(start)
    assert answer(connection)[0] == 408
    assert connection.recv(10) == b""


def test_a_head_that_never_stops_coming_has_the_same_end(running):
    connection = running.connect(b"GET /v1/health/live HTTP/1.1\r\nHost: x\r\n")
    assert seconds_of_sending(connection, b"X-A: b\r\n") < 10


def test_a_second_request_on_a_connection_is_waited_for_no_longer(running):
    whole = b"GET /v1/health/live HTTP/1.1\r\nHost: x\r\n\r\n"
    connection = running.connect(whole)
    assert answer(connection) == (200, {"status": "ok", "reason": ""})
    connection.sendall(whole)
    assert answer(connection)[0] == 200
    connection.sendall(b"GET /v1/hea")
    assert answer(connection)[0] == 408


def test_what_is_sent_behind_a_refusal_is_not_read_for_ever(running):
    connection = running.connect(b"POST /v1/classify HTTP/1.1\r\nHost: x\r\nContent-Length: 10000000000\r\n\r\n")
    assert answer(connection)[0] == 401
    assert seconds_of_sending(connection, b"x") < 10


def test_two_hundred_slow_clients_keep_nobody_else_waiting(running):
    starts = [b"POST /v1/classify HTTP/1.1\r\n", running.head + b"Content-Length: 100000\r\n\r\n\x89PNG"]
    slow = [running.connect(starts[number % 2]) for number in range(200)]
    for seed in range(3):
        assert running.ask(png(seed)) == 200
    statuses = [answer(connection)[0] for connection in slow]
    assert set(statuses) == {408}
    assert running.ask(png(9)) == 200


def many_frames(kind: str) -> bytes:
    """A picture of 10,000 frames."""
    if kind == "GIF":
        buffer = io.BytesIO()
        Image.new("P", (8, 8)).save(buffer, "GIF")
        whole = buffer.getvalue()
        start = whole.index(b",", 13)
        return whole[:start] + whole[start:-1] * 10_000 + b";"
    buffer = io.BytesIO()
    Image.new("RGB", (8, 8)).save(buffer, "WEBP", lossless=True)
    frame = buffer.getvalue()[12:]
    places = bytes(6) + (7).to_bytes(3, "little") * 2 + (10).to_bytes(3, "little") + b"\0"
    frames = (b"ANMF" + struct.pack("<I", len(places + frame)) + places + frame) * 10_000
    canvas = b"VP8X" + struct.pack("<I", 10) + b"\x02\0\0\0" + (7).to_bytes(3, "little") * 2
    chunks = canvas + b"ANIM" + struct.pack("<I", 6) + bytes(6) + frames
    return b"RIFF" + struct.pack("<I", 4 + len(chunks)) + b"WEBP" + chunks


def claiming(width: int, height: int) -> bytes:
    """A PNG of a few bytes that says it is this large."""

    def chunk(name: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    chunks = chunk(b"IHDR", header), chunk(b"IDAT", zlib.compress(bytes(1000))), chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunks)


def test_a_picture_that_claims_to_be_huge_is_refused_by_its_header(world):
    for size in ((60_000, 60_000), (2**31 - 1, 2**31 - 1), (2**31 - 1, 1)):
        response = world.ask(claiming(*size))
        assert response.status_code == 422, size
    assert world.ask().status_code == 200


@pytest.mark.parametrize("kind", ["GIF", "WEBP"])
def test_of_ten_thousand_frames_the_first_is_looked_at(world, kind):
    response = world.ask(many_frames(kind))
    assert response.status_code in (200, 422)
    if response.status_code == 200:
        assert response.json()["results"][0]["timing_ms"]["decode"] < 5000
    assert world.ask().status_code == 200


def test_a_picture_that_is_cut_off_is_refused_unless_only_its_end_is_missing(with_settings):
    world = with_settings(per_minute=1000)
    for kind in ("JPEG", "PNG", "WEBP", "GIF"):
        buffer = io.BytesIO()
        Image.effect_noise((90, 90), 80).convert("RGB").save(buffer, kind)
        whole = buffer.getvalue()
        for end in range(0, len(whole), max(1, len(whole) // 12)):
            status = world.ask(whole[:end]).status_code
            assert status in (415, 422) or (status == 200 and end > 0.9 * len(whole)), (kind, end)
    assert world.ask().status_code == 200
