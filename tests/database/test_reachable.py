from __future__ import annotations

import shutil
import socket
import sqlite3
import threading
from contextlib import closing
from pathlib import Path

import pytest

from assay.database.reachable import ensure_reachable, reason_within
from assay.errors import TrackingError


def closed_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@pytest.mark.parametrize("url", ["postgresql://me:secret@127.0.0.1:{}/x", "mysql+pymysql://me:sec/ret@127.0.0.1:{}/x"])
def test_a_server_that_is_not_there_is_named_without_its_password(url: str) -> None:
    with pytest.raises(
        TrackingError, match=r"the history store does not answer: .*refused. Start it or correct a.b, or go$"
    ) as caught:
        ensure_reachable(url.format(closed_port()), called="history", key="a.b", otherwise=", or go")
    assert "ret@" not in str(caught.value)


def test_a_server_that_takes_the_connection_answers() -> None:
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        server.listen()
        ensure_reachable(f"postgresql://me@127.0.0.1:{server.getsockname()[1]}/x", called="history", key="k")


def test_a_resolver_that_hangs_is_not_waited_for() -> None:
    never = threading.Event()
    assert reason_within(-0.9, lambda: str(never.wait())) == "nothing within 0 s"


def test_the_check_leaves_the_database_as_it_was(fresh_database: Path, tmp_path: Path) -> None:
    file = Path(shutil.copy(fresh_database, tmp_path / "mlflow.db"))
    before = file.read_bytes()
    ensure_reachable(f"sqlite:///{file}", called="tracking", key="tracking.uri")
    assert file.read_bytes() == before
    assert list(tmp_path.iterdir()) == [file]


def test_a_database_that_another_process_is_writing_is_said_to_be_locked(
    fresh_database: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = Path(shutil.copy(fresh_database, tmp_path / "mlflow.db"))
    monkeypatch.setattr("assay.database.reachable.PATIENCE", 0.1)
    with closing(sqlite3.connect(file, isolation_level=None)) as writing:
        writing.execute("BEGIN EXCLUSIVE")
        with pytest.raises(TrackingError, match=r"locked by another process; waited 0 s\. Wait until") as caught:
            ensure_reachable(f"sqlite:///{file}", called="tracking", key="tracking.uri")
    assert "writable" not in str(caught.value)
    ensure_reachable(f"sqlite:///{file}", called="tracking", key="tracking.uri")
