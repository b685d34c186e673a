from __future__ import annotations

import os
import shutil
import socket
import sqlite3
import tempfile
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import ClassVar

import pytest

from assay.errors import TrackingError
from assay.tracking import server
from assay.tracking.server import absolute_store_uri
from assay.tracking.store import TrackingStore
from unprivileged import nobody


@pytest.mark.parametrize("uri", ["mlruns", "file:///tmp/mlruns", "./mlruns", ""])
def test_the_file_store_is_refused_with_the_reason(uri: str):
    with pytest.raises(TrackingError, match=r"closed its file store .* sqlite:///mlruns/mlflow\.db"):
        absolute_store_uri(uri)


@pytest.mark.parametrize(
    ("uri", "said"),
    [
        ("sqlite://", "memory"),
        ("sqlite:///:memory:", "memory"),
        ("ftp://host/x", "unknown kind ftp"),
        ("http://", "host"),
    ],
)
def test_an_address_that_cannot_hold_runs_is_refused(uri: str, said: str):
    with pytest.raises(TrackingError, match=said):
        absolute_store_uri(uri)


def test_a_relative_file_is_taken_from_where_the_command_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.chdir(tmp_path)
    assert absolute_store_uri("sqlite:///mlruns/mlflow.db") == f"sqlite:///{tmp_path}/mlruns/mlflow.db"
    assert absolute_store_uri("http://host:5000/") == "http://host:5000"


def closed_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def test_a_server_that_is_not_there_is_said_before_mlflow_tries(tmp_path: Path):
    with pytest.raises(TrackingError, match=r"does not answer: .*refused.*tracking=local"):
        TrackingStore(f"http://127.0.0.1:{closed_port()}", work=str(tmp_path)).check()


def test_a_server_that_never_answers_is_asked_once_and_given_up_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    assert server.ANSWER_WITHIN == 5
    monkeypatch.setattr(server, "ANSWER_WITHIN", 0.5)
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        with pytest.raises(TrackingError, match=r"does not answer: .*(timed out|nothing within)"):
            TrackingStore(f"http://127.0.0.1:{silent.getsockname()[1]}", work=str(tmp_path)).check()
        silent.setblocking(False)
        silent.accept()[0].close()
        with pytest.raises(BlockingIOError):
            silent.accept()


class SickServer(BaseHTTPRequestHandler):
    asked: ClassVar[list[str]] = []

    def do_GET(self) -> None:
        self.asked.append(self.path)
        self.send_response(200 if self.path == "/health" else 500)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *arguments: object) -> None:
        pass


def test_a_server_without_its_database_is_asked_twice_and_given_up_on(tmp_path: Path):
    TrackingStore(f"sqlite:///{tmp_path}/warm.db", work=str(tmp_path)).uri  # noqa: B018
    sick = HTTPServer(("127.0.0.1", 0), SickServer)
    threading.Thread(target=sick.serve_forever, daemon=True).start()
    with pytest.raises(TrackingError, match=r"500.*server's log"):
        TrackingStore(f"http://127.0.0.1:{sick.server_port}", work=str(tmp_path)).check()
    assert SickServer.asked[0] == "/health"
    assert len(SickServer.asked) == 1 + 2, "MLflow's own patience is seven more attempts, over minutes"
    assert "MLFLOW_HTTP_REQUEST_MAX_RETRIES" not in os.environ
    sick.shutdown()


def test_a_folder_is_no_database(tmp_path: Path):
    with pytest.raises(TrackingError, match=r"a folder, and the tracking database is a file; set tracking\.uri to one"):
        TrackingStore(f"sqlite:///{tmp_path}", work=str(tmp_path / "work")).check()


def test_a_file_that_is_no_database_is_said_and_left_alone(tmp_path: Path):
    file = tmp_path / "mlflow.db"
    file.write_text("these are my notes, not a database")
    with pytest.raises(TrackingError, match="not a SQLite database"):
        TrackingStore(f"sqlite:///{file}", work=str(tmp_path)).check()
    assert file.read_text() == "these are my notes, not a database"


def test_a_damaged_database_is_said(fresh_database: Path, tmp_path: Path):
    content = bytearray(fresh_database.read_bytes())
    content[8192 : len(content) // 2] = b"\xff" * (len(content) // 2 - 8192)
    (tmp_path / "mlflow.db").write_bytes(content)
    with pytest.raises(TrackingError, match="damaged"):
        TrackingStore(f"sqlite:///{tmp_path}/mlflow.db", work=str(tmp_path)).check()


def test_a_database_of_a_newer_mlflow_is_said(fresh_database: Path, tmp_path: Path):
    shutil.copy(fresh_database, tmp_path / "mlflow.db")
    with sqlite3.connect(tmp_path / "mlflow.db") as connection:
        connection.execute("UPDATE alembic_version SET version_num = 'ffffffffffff'")
    with pytest.raises(TrackingError, match=r"its tables are of a newer MLflow \(revision ffffffffffff\).*Install"):
        TrackingStore(f"sqlite:///{tmp_path}/mlflow.db", work=str(tmp_path)).check()


@pytest.mark.parametrize(("folder_mode", "file_mode"), [(0o777, 0o444), (0o555, 0o666)], ids=["file", "folder"])
def test_a_read_only_database_is_read_as_it_is_and_takes_no_run(fresh_database: Path, folder_mode: int, file_mode: int):
    folder = Path(tempfile.mkdtemp())
    try:
        file = Path(shutil.copy(fresh_database, folder / "mlflow.db"))
        with TrackingStore(f"sqlite:///{file}", work=str(folder / "work")).start_run("before") as run:
            pass
        before = sorted(folder.rglob("*"))
        file.chmod(file_mode)
        folder.chmod(folder_mode)
        with nobody():
            store = TrackingStore(f"sqlite:///{file}", work=str(folder / "work"))
            store.check()
            assert store.find(run.run_id).name == "before"
            with pytest.raises(TrackingError, match=r"cannot be written.*[Mm]ake (it|both) writable"):
                store.ensure_writable()
            with pytest.raises(TrackingError, match="cannot be written"):
                store.start_run("another")
        assert sorted(folder.rglob("*")) == before
    finally:
        folder.chmod(0o777)
        shutil.rmtree(folder)


@pytest.mark.parametrize("uri", ["databricks", "databricks://team", "databricks-uc", "uc:"])
def test_databricks_is_not_called_a_file_store(uri: str) -> None:
    with pytest.raises(TrackingError, match=r"no runs are recorded in Databricks; .*http://HOST:PORT"):
        absolute_store_uri(uri)
