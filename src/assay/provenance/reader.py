"""ProvenanceReader: reads what strangers' files say in a process of its own, which may die without the service."""

from __future__ import annotations

import contextlib
import json
import multiprocessing
import resource
import signal
import threading
from dataclasses import asdict
from multiprocessing.connection import Connection
from multiprocessing.context import ForkServerProcess

from assay.provenance.credentials import ALL, MISSING, UNREADABLE, Credentials, can_read, read_credentials
from assay.provenance.file_marks import generators, source_types
from assay.provenance.provenance import Provenance

LONGEST_ANSWER = 100_000
SECONDS = 5.0
"""That a file may take; then the process is killed."""


class ProvenanceReader:
    """Reads one file at a time; threads may ask at the same time.

    Args:
        anchors: certificates in PEM that are trusted.
    """

    def __init__(self, anchors: str = "") -> None:
        self._anchors = anchors
        self._lock = threading.Lock()
        self._connection: Connection | None = None
        self._process: ForkServerProcess | None = None

    def read(self, content: bytes) -> Provenance:
        """What a file says about its origin.

        Args:
            content: of the file.
        """
        return Provenance(self._credentials(content), source_types(content), generators(content))

    def close(self) -> None:
        """End the process."""
        with self._lock:
            self._end()

    def _credentials(self, content: bytes) -> Credentials:
        if not can_read():
            return Credentials(MISSING)
        with self._lock:
            try:
                connection = self._started()
                connection.send_bytes(content)
                if not connection.poll(SECONDS):
                    raise EOFError
                answer = json.loads(connection.recv_bytes(LONGEST_ANSWER))
                texts = {name: str(answer[name]) for name in ("state", "signer", "made_with")}
                codes = tuple(str(code) for code in answer["source_types"])
                return Credentials(ALL[ALL.index(texts["state"])], texts["signer"], texts["made_with"], codes)
            except (EOFError, OSError, ValueError, TypeError, KeyError):
                self._end()
                return Credentials(UNREADABLE)

    def _started(self) -> Connection:
        if self._connection is None:
            context = multiprocessing.get_context("forkserver")
            self._connection, theirs = context.Pipe()
            self._process = context.Process(
                target=_answer, args=(theirs, self._anchors), name="provenance", daemon=True
            )
            self._process.start()
            theirs.close()
        return self._connection

    def _end(self) -> None:
        if self._connection is not None:
            with contextlib.suppress(OSError):
                self._connection.close()
        if self._process is not None:
            self._process.kill()
            self._process.join(5)
        self._connection = self._process = None


def _answer(connection: Connection, anchors: str) -> None:
    """In the process: answer until the other end closes; nothing goes back as a pickle."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the service, which closes the connection
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    with contextlib.suppress(EOFError, OSError):
        while True:
            answer = asdict(read_credentials(connection.recv_bytes(), anchors))
            connection.send_bytes(json.dumps(answer).encode())
