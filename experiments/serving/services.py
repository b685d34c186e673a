"""`assay serve` and other servers, started on free loopback ports with what they need, and ended."""

from __future__ import annotations

import contextlib
import os
import re
import signal
import socket
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from bundles import ASSAY

from assay.database.url import sqlite_url
from assay.store.keys import create_key
from assay.store.service_store import ServiceStore
from assay.store.subjects import add_subject

PATIENCE = 180.0
"""Seconds until a server has to answer that it is ready."""
UNLIMITED = 2_000_000_000
ANSWERED = re.compile(rb'^assay_pictures_total\{outcome="answered"\} [1-9]', re.MULTILINE)
"""What /metrics says once there was an answer."""


@dataclass(frozen=True)
class Server:
    """A server that answers.

    Attributes:
        name: of it.
        port: on 127.0.0.1.
        path: that pictures are posted to.
        headers: of each request.
        process: that it runs in.
        log: file of what it says.
    """

    name: str
    port: int
    path: str
    headers: dict[str, str]
    process: subprocess.Popen[bytes]
    log: Path

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}"


def free_port() -> int:
    """A port of 127.0.0.1 that nobody listens on."""
    with socket.socket() as opened:
        opened.bind(("127.0.0.1", 0))
        return int(opened.getsockname()[1])


def make_key(store: Path, *scopes: str) -> str:
    """The text of a new key, in a store that is made where there is none."""
    with ServiceStore(sqlite_url(store)) as opened:
        subject = opened.write(lambda connection: add_subject(connection, "load"))
        return opened.write(lambda connection: create_key(connection, subject.id, "load", scopes, actor="load")[1])


@contextlib.contextmanager
def started(
    name: str,
    words: Sequence[str],
    folder: Path,
    *,
    port: int,
    path: str,
    ready: str,
    headers: dict[str, str] | None = None,
    environment: dict[str, str] | None = None,
    inside: Path | None = None,
) -> Iterator[Server]:
    """A server for a block, from when it says that it is ready.

    Args:
        name: of it.
        words: that start it.
        folder: that takes its log.
        port: that it was told to listen on.
        path: that pictures are posted to.
        ready: address that answers 200 when it is.
        headers: of each request.
        environment: beside this process's.
        inside: folder that it works in; the log's without it.
    """
    log = folder / f"{name.replace(' ', '-')}-{port}.log"
    with log.open("wb") as said:
        process = subprocess.Popen(
            words,
            cwd=inside or folder,
            stdout=said,
            stderr=subprocess.STDOUT,
            env={**os.environ, **(environment or {})},
            start_new_session=True,
        )
    server = Server(name, port, path, headers or {}, process, log)
    try:
        _await(server, ready)
        yield server
    finally:
        end(server)


def end(server: Server, seconds: float = 60.0) -> int:
    """Have a server end by SIGTERM, then by SIGKILL with all that it started; its exit code."""
    if server.process.poll() is None:
        server.process.send_signal(signal.SIGTERM)
        with contextlib.suppress(subprocess.TimeoutExpired):
            server.process.wait(seconds)
    with contextlib.suppress(ProcessLookupError):
        os.killpg(server.process.pid, signal.SIGKILL)
    return server.process.wait()


def _await(server: Server, ready: str) -> None:
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until and server.process.poll() is None:
        try:
            with urllib.request.urlopen(f"{server.address}{ready}", timeout=2) as answer:
                if answer.status == 200:
                    return
        except (urllib.error.URLError, OSError):
            time.sleep(0.1)
    raise SystemExit(f"{server.name} did not get ready:\n{server.log.read_text(errors='replace')[-3000:]}")


def wait_for_answers(server: Server) -> None:
    """Return once the service has answered about a picture: a load takes seconds to begin on a busy machine."""
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until and server.process.poll() is None:
        with (
            contextlib.suppress(urllib.error.URLError, OSError),
            urllib.request.urlopen(f"{server.address}/metrics", timeout=10) as answer,
        ):
            if ANSWERED.search(answer.read()):
                return
        time.sleep(0.05)


@contextlib.contextmanager
def assay_served(
    model: str | Path,
    folder: Path,
    *words: str,
    name: str = "assay",
    fresh: bool = True,
    inside: Path | None = None,
) -> Iterator[Server]:
    """`assay serve` with a store of its own and a key whose limits nobody reaches.

    Args:
        model: bundle or name of a registered model.
        folder: that takes the store and the log.
        words: further ones of the command.
        name: of the server, and of its store.
        fresh: whether a store of before is thrown away.
        inside: folder that it works in, with the registry that names the model; the store's without it.
    """
    store, port = folder / f"{name.replace(' ', '-')}.db", free_port()
    if fresh:
        for path in folder.glob(f"{store.name}*"):
            path.unlink()
    key = make_key(store, "classify", "review", "admin")
    limits = [f"per_minute={UNLIMITED}", f"per_day={UNLIMITED}"]
    command = [*ASSAY, "serve", f"model={model}", f"port={port}", f"store={store}", *limits, *words]
    headers = {"Authorization": f"Bearer {key}", "Content-Type": "image/jpeg"}
    with started(
        name, command, folder, port=port, path="/v1/classify", ready="/v1/health/ready", headers=headers, inside=inside
    ) as server:
        yield server
