from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from assay.tracking.store import TrackingStore


@pytest.fixture
def store(store_in: Callable[[Path], Path], tmp_path: Path) -> TrackingStore:
    store_in(tmp_path)
    return TrackingStore(
        f"sqlite:///{tmp_path}/mlflow.db", artifacts=str(tmp_path / "artifacts"), work=str(tmp_path / "work")
    )


@pytest.fixture
def rows(tmp_path: Path) -> Callable[..., list[tuple]]:
    """Rows of the database, read without MLflow."""

    def query(sql: str, *values: object) -> list[tuple]:
        with sqlite3.connect(tmp_path / "mlflow.db") as connection:
            return connection.execute(sql, values).fetchall()

    return query


@pytest.fixture
def status(rows: Callable[..., list[tuple]]) -> Callable[[str], tuple[str, str | None]]:
    """Status and error tag of a run, read without MLflow."""

    def read(run_id: str) -> tuple[str, str | None]:
        (state,) = rows("SELECT status FROM runs WHERE run_uuid = ?", run_id)[0]
        said = rows("SELECT value FROM tags WHERE run_uuid = ? AND key = 'error'", run_id)
        return state, said[0][0] if said else None

    return read


@pytest.fixture
def python(tmp_path: Path) -> Callable[..., subprocess.Popen[str]]:
    """Start a Python process with a script and wait until it has printed its first line."""
    started: list[subprocess.Popen[str]] = []

    def start(script: str, *arguments: object, folder: Path | None = None) -> subprocess.Popen[str]:
        environment = {k: v for k, v in os.environ.items() if k not in {"PYTEST_CURRENT_TEST", "CI"}}
        process = subprocess.Popen(
            [sys.executable, "-c", script, *map(str, arguments)],
            cwd=folder or tmp_path,
            env={**environment, "OMP_WAIT_POLICY": "passive"},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        started.append(process)
        return process

    yield start
    for process in started:
        if process.poll() is None:
            process.kill()
            process.wait()


@pytest.fixture
def until() -> Callable[..., None]:
    def wait(holds: Callable[[], bool], seconds: float = 120.0) -> None:
        deadline = time.monotonic() + seconds
        while not holds():
            assert time.monotonic() < deadline, f"nothing within {seconds} s"
            time.sleep(0.05)

    return wait
