from __future__ import annotations

import itertools
import os
import signal
import sqlite3
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from assay.tracking.store import TrackingStore

FIRST_USE = "from assay.tracking.store import TrackingStore; TrackingStore('sqlite:///mlflow.db').check()"


def store_at(folder: Path) -> TrackingStore:
    return TrackingStore(f"sqlite:///{folder}/mlflow.db", work=str(folder / "work"))


@pytest.mark.slow
@pytest.mark.parametrize("size", [1, 100_000, 300_000, 600_000])
def test_a_kill_while_the_tables_are_made_leaves_nothing_in_the_way(
    size: int, tmp_path: Path, python: Callable[..., subprocess.Popen[str]]
):
    process = python(FIRST_USE)
    while process.poll() is None and sum(file.stat().st_size for file in databases(tmp_path)) < size:
        os.sched_yield()
    process.send_signal(signal.SIGKILL)
    process.wait()
    store = store_at(tmp_path)
    with store.start_run("after") as run:
        pass
    assert store.find(run.run_id).status == "FINISHED"
    assert [file.name for file in databases(tmp_path)] == ["mlflow.db"]


def databases(folder: Path) -> list[Path]:
    return sorted(file for file in folder.glob("*mlflow.db*") if not file.name.endswith(("lock", "-journal")))


def half_made(file: Path, fresh: Path, tables: int) -> None:
    """A store as MLflow's first migrations leave it: some tables, a version that is not the last."""
    with sqlite3.connect(fresh) as whole, sqlite3.connect(file) as half:
        statements = whole.execute("SELECT sql FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'")
        for (statement,) in itertools.islice(statements, tables):
            half.execute(statement)
        half.execute("CREATE TABLE IF NOT EXISTS alembic_version (version_num VARCHAR(32) NOT NULL)")
        half.execute("INSERT INTO alembic_version VALUES ('451aebb31d03')")


@pytest.mark.parametrize("tables", [1, 12])
def test_a_store_that_an_earlier_version_left_half_made_is_made_anew_and_kept_aside(
    tables: int, fresh_database: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
):
    half_made(tmp_path / "mlflow.db", fresh_database, tables)
    store_at(tmp_path).check()
    assert (tmp_path / "mlflow.db.unfinished").exists()
    assert "left unfinished" in caplog.text


def test_a_store_with_records_is_never_put_aside(fresh_database: Path, tmp_path: Path):
    half_made(tmp_path / "mlflow.db", fresh_database, 30)
    with sqlite3.connect(tmp_path / "mlflow.db") as connection:
        connection.execute("INSERT INTO experiments (experiment_id, name, workspace) VALUES (7, 'mine', 'default')")
    with pytest.raises(Exception, match="mlflow db upgrade"):
        store_at(tmp_path).check()
    assert not (tmp_path / "mlflow.db.unfinished").exists()


@pytest.mark.parametrize(
    "name", ["my%20project", "what?", "proj#1", "50%25", "a b", "ünï", "it's", 'q"q', "a@b:c", "%"]
)
def test_a_store_and_its_artifacts_lie_in_the_folder_that_was_named(
    name: str, fresh_database: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    from mlflow import MlflowClient

    folder = tmp_path / name
    (folder / "mlruns").mkdir(parents=True)
    (folder / "mlruns" / "mlflow.db").write_bytes(fresh_database.read_bytes())
    (tmp_path / "a.txt").write_text("a")
    monkeypatch.chdir(folder)
    store = TrackingStore("sqlite:///mlruns/mlflow.db", "mlruns/artifacts")
    with store.start_run("r") as run:
        run.log_artifact(tmp_path / "a.txt")
    record = store.find(run.run_id)
    kept = folder / "mlruns" / "artifacts" / run.run_id / "artifacts" / "a.txt"
    assert record.fetch("a.txt").read_text() == "a"
    assert kept.read_text() == "a"
    assert [entry.path for entry in MlflowClient(store.uri).list_artifacts(run.run_id)] == ["a.txt"]
    assert Path(MlflowClient(store.uri).download_artifacts(run.run_id, "a.txt")).read_text() == "a"
    assert {entry.name for entry in tmp_path.iterdir()} == {name, "a.txt"}
    with sqlite3.connect(folder / "mlruns" / "mlflow.db") as connection:
        assert connection.execute("SELECT count(*) FROM runs").fetchone() == (1,)
