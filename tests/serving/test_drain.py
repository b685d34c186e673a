"""A service that is told to end answers whoever has connected, also whom it has not noticed yet."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator
from typing import Any

import pytest

from assay.serving.last_ones import turn_away
from running_service import Running


@pytest.fixture
def running(with_settings: Any) -> Iterator[Running]:
    made = Running(with_settings(per_minute=1000))
    yield made
    made.close()


def whole(connection: socket.socket) -> bytes:
    """Everything until the other end closes."""
    content = b""
    while part := connection.recv(65536):
        content += part
    return content


def test_requests_that_have_come_but_were_not_read_are_answered_when_the_address_closes(running: Running) -> None:
    request = b"GET /v1/health/ready HTTP/1.1\r\nHost: x\r\n\r\n"
    early = [running.connect() for _ in range(4)]
    while len(running.server.server_state.connections) < len(early):
        time.sleep(0.01)
    asleep, awake = threading.Event(), threading.Event()

    def oversleep() -> None:
        """Do nothing while requests come, and begin to end before any of them was read."""
        asleep.set()
        awake.wait()
        running.world.service.admission.closed = running.server.should_exit = True
        ending.append(running.loop.create_task(running.server.shutdown([running.door])))

    ending: list[Any] = []
    running.loop.call_soon_threadsafe(oversleep)
    asleep.wait()
    late = [running.connect(request) for _ in range(4)]
    for each in early:
        each.sendall(request)
    awake.set()
    for each in (*early, *late):
        answer = whole(each)
        assert answer.startswith(b"HTTP/1.1 503"), "nothing was answered, or the connection was reset"
        assert b"\r\nconnection: close\r\n" in answer.lower()


def test_whoever_asks_for_a_connection_later_is_turned_away_and_those_before_are_not() -> None:
    with socket.create_server(("127.0.0.1", 0)) as door, socket.socket() as late:
        before = socket.create_connection(door.getsockname())
        before.sendall(b"ask")
        assert turn_away(door)
        late.settimeout(0.5)
        with pytest.raises(TimeoutError):
            late.connect(door.getsockname())
        accepted, _ = door.accept()
        assert accepted.recv(3) == b"ask"
        accepted.sendall(b"answer")
        assert before.recv(6) == b"answer"
        door.settimeout(0.1)
        with pytest.raises(TimeoutError):
            door.accept()
        accepted.close()
        before.close()


def test_a_client_that_has_connected_and_says_nothing_does_not_keep_the_service_from_ending(running: Running) -> None:
    silent = running.connect()
    running.world.service.admission.closed = running.server.should_exit = True
    silent.settimeout(30)
    assert silent.recv(1) == b""
