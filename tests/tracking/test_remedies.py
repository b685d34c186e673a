"""What messages of the store ask to type does what they say, typed in another folder."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from assay.database.url import sqlite_url
from assay.errors import TrackingError
from assay.tracking.store import TrackingStore
from older_store import older_store

pytestmark = pytest.mark.slow


@pytest.fixture
def store(fresh_database: Path, tmp_path: Path) -> TrackingStore:
    folder = tmp_path / "it's 50%25"
    folder.mkdir()
    shutil.copy(fresh_database, folder / "mlflow.db")
    return opened_again(folder / "mlflow.db")


def opened_again(file: Path) -> TrackingStore:
    return TrackingStore(sqlite_url(file), work=str(file.parent / "work"))


def again(store: TrackingStore) -> TrackingStore:
    return TrackingStore(store.uri, store.artifacts, work=str(store.work))


def typed(message: str, pattern: str, folder: Path) -> None:
    command = re.search(pattern, message)
    assert command is not None, message
    folder.mkdir()
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    done = subprocess.run(
        ["sh", "-c", command[1]], cwd=folder, env={**os.environ, "PATH": path}, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    assert list(folder.iterdir()) == []


def test_a_deleted_experiment_comes_back(store: TrackingStore, tmp_path: Path):
    store.client.delete_experiment(store.experiment_id)
    with pytest.raises(TrackingError) as caught:
        again(store).check()
    typed(str(caught.value), "Bring it back with (.*), or set", tmp_path / "elsewhere")
    again(store).check()


def test_a_database_of_an_older_mlflow_is_brought_up_to_date_by_hand(store: TrackingStore, tmp_path: Path):
    older_store(tmp_path / "older.db")
    older = TrackingStore(sqlite_url(tmp_path / "older.db"), work=str(tmp_path / "work"))
    typed(older._opening_remedy(), "then run (.*)$", tmp_path / "elsewhere")
    assert older.client.get_experiment("7").name == "mine"
    assert not list(tmp_path.glob("older.db.bak"))  # which a migration of our own would have left


def test_a_deleted_run_comes_back(store: TrackingStore, tmp_path: Path):
    with store.start_run("r") as run:
        pass
    store.client.delete_run(run.run_id)
    for beginning in (run.run_id, run.run_id[:6]):
        with pytest.raises(TrackingError, match=f"run {run.run_id} is deleted") as caught:
            store.find(beginning)
    typed(str(caught.value), "Bring it back with (.*)$", tmp_path / "elsewhere")
    assert store.find(run.run_id).name == "r"
