"""Whether a database answers: told in seconds, before anything heavy is imported."""

from __future__ import annotations

import os
import socket
import sqlite3
import threading
import time
from collections.abc import Callable
from pathlib import Path

from assay.database.url import server_address, sqlite_file, without_password
from assay.errors import TrackingError

ANSWER_WITHIN = 5.0
QUICK_CHECK_BELOW = 64 * 2**20
PATIENCE = 20.0
"""Seconds to wait for another process that is writing a SQLite file."""


def is_read_only(file: Path | None) -> bool:
    """Whether this is a SQLite file that can be read here and not be written: a mount, another's folder, a CD."""
    if file is None or not file.is_file() or not _may(file, os.R_OK):
        return False
    return not (_may(file, os.W_OK) and _may(file.parent, os.W_OK))


def _may(path: Path, mode: int) -> bool:
    return os.access(path, mode, effective_ids=os.access in os.supports_effective_ids)


def ensure_reachable(url: str, *, called: str, key: str, otherwise: str = "", writable: bool = True) -> None:
    """Return when the database answers.

    Args:
        url: of a SQLite file or a server.
        called: what it holds, for messages.
        key: of the config that names it.
        otherwise: what else could be done.
        writable: whether a SQLite file has to take what is written.

    Raises:
        TrackingError: no answer within a few seconds, a read-only or corrupt file; with what to do.
    """
    file = sqlite_file(url)
    if file is not None:
        _ensure_sound_file(file, f"the {called} database", key, writable=writable)
        return
    reason = reason_within(ANSWER_WITHIN, lambda: _no_connection(url))
    if reason:
        raise no_answer(url, reason, called=called, key=key, otherwise=otherwise)


def no_answer(url: str, reason: str, *, called: str, key: str, otherwise: str = "") -> TrackingError:
    """The error of a store that does not answer; see `ensure_reachable`."""
    return TrackingError(
        f"{without_password(url)}: the {called} store does not answer: {reason}. Start it or correct {key}{otherwise}"
    )


def reason_within(seconds: float, ask: Callable[[], str]) -> str:
    """Why a server does not answer, "" when it does; a resolver or proxy that hangs is not waited for.

    Args:
        seconds: that `ask` waits for the server by itself; what takes a second longer is given up.
        ask: returns the reason, or raises an OSError or ValueError that has it.
    """
    reason = [f"nothing within {seconds + 1:.0f} s"]

    def run() -> None:
        try:
            reason[0] = ask()
        except (OSError, ValueError) as error:
            reason[0] = _innermost(error)

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    thread.join(seconds + 1)
    return reason[0]


def _no_connection(url: str) -> str:
    socket.create_connection(server_address(url), timeout=ANSWER_WITHIN).close()
    return ""


def _ensure_sound_file(file: Path, database: str, key: str, *, writable: bool) -> None:
    remedy = f"Make it writable, or set {key} to another file"
    began = time.monotonic()
    try:
        if file.is_dir():
            raise TrackingError(f"{file}: a folder, and {database} is a file; set {key} to one, e.g. in that folder")
        if file.exists() and file.stat().st_size:
            with file.open("rb") as opened:
                if opened.read(16) != b"SQLite format 3\0":
                    raise TrackingError(f"{file}: not a SQLite database. Move it away, or set {key} to another file")
        connection = sqlite3.connect(file, timeout=PATIENCE, isolation_level=None)
        try:
            if writable:
                connection.execute("BEGIN IMMEDIATE")
                # Only a write shows that the file, its folder and its journal are writable.
                connection.execute("PRAGMA user_version = 0")
                connection.execute("ROLLBACK")
            if file.stat().st_size < QUICK_CHECK_BELOW:
                verdict = connection.execute("PRAGMA quick_check(1)").fetchone()[0]
                if verdict != "ok":
                    raise sqlite3.DatabaseError(str(verdict).replace("\n", " "))
        finally:
            connection.close()
    except sqlite3.OperationalError as error:
        if getattr(error, "sqlite_errorcode", 0) & 0xFF in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
            raise TrackingError(
                f"{file}: {database} is locked by another process; waited {time.monotonic() - began:.0f} s. "
                "Wait until that has finished, or end it, and type the command again"
            ) from error
        raise TrackingError(f"{file}: {database} cannot be written: {error}. {remedy}") from error
    except sqlite3.DatabaseError as error:
        raise TrackingError(
            f"{file}: {database} is damaged: {error}. Restore a copy, or move it away and a new one is made"
        ) from error
    except OSError as error:
        raise TrackingError(f"{file}: {database} cannot be opened: {error.strerror}. {remedy}") from error


def _innermost(error: BaseException) -> str:
    """The innermost reason: requests and urllib3 wrap "connection refused" four times."""
    while True:
        inner = getattr(error, "reason", None) or error.__context__
        if not isinstance(inner, BaseException):
            return getattr(error, "strerror", None) or str(error)
        error = inner
