"""Where a tracking store lives, and whether it answers: said in seconds, before MLflow is imported."""

from __future__ import annotations

import os
import re
import socket
import sqlite3
import threading
from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlsplit

from assay.errors import TrackingError

ANSWER_WITHIN = 5.0
DATABASE_PORTS = {"postgresql": 5432, "mysql": 3306, "mssql": 1433}
QUICK_CHECK_BELOW = 64 * 2**20
LOCAL_STORE = "sqlite:///mlruns/mlflow.db"


def absolute_uri(uri: str) -> str:
    """The address with a relative SQLite path made absolute, so that a later change of folder moves nothing.

    Raises:
        TrackingError: the address is no SQLite file, server or database.
    """
    scheme = urlsplit(uri).scheme.partition("+")[0]
    if scheme == "sqlite":
        path = uri.partition(":///")[2]
        if not path or path.startswith((":memory:", "?")):
            raise TrackingError(
                f"tracking.uri={uri}: a store in memory is gone when the command ends; use {LOCAL_STORE}"
            )
        return f"sqlite:///{Path(path).absolute()}"
    if scheme in {"http", "https", *DATABASE_PORTS}:
        if not urlsplit(uri).hostname:
            raise TrackingError(f"tracking.uri={uri}: the host is missing; write {scheme}://HOST:PORT")
        return uri.rstrip("/")
    if scheme in {"", "file"}:
        raise TrackingError(
            f"tracking.uri={uri}: MLflow closed its file store to new runs in 3.13; "
            f"name a database file, e.g. {LOCAL_STORE}"
        )
    raise TrackingError(f"tracking.uri={uri}: unknown kind {scheme}; use {LOCAL_STORE} or http://HOST:PORT")


def shown(uri: str) -> str:
    """The address without a password, for messages and tags."""
    return re.sub(r"(://[^/@:]*):[^/@]*@", r"\1:***@", uri)


def sqlite_file(uri: str) -> Path | None:
    """The file of a SQLite address, None for any other."""
    return Path(uri.removeprefix("sqlite:///")) if uri.startswith("sqlite:///") else None


def ensure_reachable(
    uri: str, *, called: str = "tracking", key: str = "tracking.uri", otherwise: str = ", or use tracking=local"
) -> None:
    """Return when the store answers.

    Args:
        uri: of it.
        called: what it holds, for messages.
        key: of the config that names it.
        otherwise: what else could be done.

    Raises:
        TrackingError: no answer within a few seconds, a read-only or corrupt file; with what to do.
    """
    file = sqlite_file(uri)
    if file is not None:
        _ensure_sound_file(file, f"the {called} database", key)
        return
    remedy = f"Start it or correct {key}{otherwise}"
    problem = _within(ANSWER_WITHIN + 1, lambda: _no_answer(uri))
    if problem:
        raise TrackingError(f"{shown(uri)}: the {called} store does not answer: {problem}. {remedy}")


def _ensure_sound_file(file: Path, database: str, key: str) -> None:
    remedy = f"Make it writable, or set {key} to another file"
    try:
        if file.exists() and file.stat().st_size:
            with file.open("rb") as opened:
                if opened.read(16) != b"SQLite format 3\0":
                    raise TrackingError(f"{file}: not a SQLite database. Move it away, or set {key} to another file")
        connection = sqlite3.connect(file, timeout=20, isolation_level=None)
        try:
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
        raise TrackingError(f"{file}: {database} cannot be written: {error}. {remedy}") from error
    except sqlite3.DatabaseError as error:
        raise TrackingError(
            f"{file}: {database} is damaged: {error}. Restore a copy, or move it away and a new one is made"
        ) from error
    except OSError as error:
        raise TrackingError(f"{file}: {database} cannot be opened: {error.strerror}. {remedy}") from error


def _within(seconds: float, ask: Callable[[], str]) -> str:
    """What `ask` returns; a resolver or proxy that hangs is not waited for."""
    answer = [f"nothing within {seconds:.0f} s"]

    def run() -> None:
        answer[0] = ask()

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    thread.join(seconds)
    return answer[0]


def _no_answer(uri: str) -> str:
    """Why the store does not answer, "" when it does."""
    parts = urlsplit(uri)
    try:
        if parts.scheme in {"http", "https"}:
            return _no_http_answer(uri)
        port = parts.port or DATABASE_PORTS[parts.scheme.partition("+")[0]]
        socket.create_connection((parts.hostname, port), timeout=ANSWER_WITHIN).close()
    except (OSError, ValueError) as error:
        return _root(error)
    return ""


def _no_http_answer(uri: str) -> str:
    import requests

    insecure = os.environ.get("MLFLOW_TRACKING_INSECURE_TLS", "").lower() in {"true", "1"}
    certificate = os.environ.get("MLFLOW_TRACKING_SERVER_CERT_PATH")
    response = requests.get(f"{uri}/health", timeout=ANSWER_WITHIN, verify=certificate or not insecure)
    return f"it returned {response.status_code} {response.reason}" if response.status_code >= 500 else ""


def _root(error: BaseException) -> str:
    """The innermost reason: requests and urllib3 wrap "connection refused" four times."""
    while True:
        inner = getattr(error, "reason", None) or error.__context__
        if not isinstance(inner, BaseException):
            return getattr(error, "strerror", None) or str(error)
        error = inner
