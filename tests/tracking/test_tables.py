from __future__ import annotations

import itertools
import os
import shutil
import signal
import sqlite3
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import Engine, event

from assay.errors import TrackingError
from assay.tracking.process import process_tags
from assay.tracking.store import TrackingStore
from assay.tracking.table_template import cache_folder
from assay.tracking.tables import ensure_tables
from older_store import older_store

FIRST_USE = "from assay.tracking.store import TrackingStore; TrackingStore('sqlite:///mlflow.db').check()"


@pytest.fixture
def no_template(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    """A cache of the test's own, in which no command has left tables."""
    monkeypatch.setenv("ASSAY_CACHE", str(tmp_path_factory.mktemp("cache")))


def store_at(folder: Path) -> TrackingStore:
    return TrackingStore(f"sqlite:///{folder}/mlflow.db", work=str(folder / "work"))


@pytest.mark.slow
@pytest.mark.parametrize("size", [1, 300_000])
def test_a_kill_while_the_tables_are_made_leaves_nothing_in_the_way(
    size: int, tmp_path: Path, python: Callable[..., subprocess.Popen[str]], no_template: None
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


@pytest.mark.slow
def test_what_a_kill_at_any_commit_of_the_migrations_leaves_is_nothing_to_the_next_command(
    tmp_path: Path, tmp_path_factory: pytest.TempPathFactory, no_template: None
):
    left, store = tmp_path_factory.mktemp("left"), tmp_path / "store"
    store.mkdir()
    states: list[Path] = []

    def copied(connection: object) -> None:
        """The folder as a kill would leave it now, before the commit."""
        states.append(Path(shutil.copytree(store, left / str(len(states)))))

    event.listen(Engine, "commit", copied)
    try:
        ensure_tables(store / "mlflow.db")
    finally:
        event.remove(Engine, "commit", copied)
    assert len(states) > 50
    whole = schema(store / "mlflow.db")
    for state in states:
        assert [file.name for file in databases(state)] in ([], [".mlflow.db.new"])
        ensure_tables(state / "mlflow.db")
        assert schema(state / "mlflow.db") == whole
        assert [file.name for file in state.iterdir()] == ["mlflow.db"]
    store_at(states[len(states) // 2]).check()


def schema(file: Path) -> list[tuple[str, str]]:
    with sqlite3.connect(file) as connection:
        return connection.execute("SELECT name, sql FROM sqlite_master ORDER BY name").fetchall()


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
    before = (tmp_path / "mlflow.db").read_bytes()
    with pytest.raises(TrackingError, match=r"could not be brought to those of MLflow .*It is as it was"):
        store_at(tmp_path).check()
    assert (tmp_path / "mlflow.db").read_bytes() == before
    assert [file.name for file in databases(tmp_path)] == ["mlflow.db"]


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


@pytest.mark.slow
def test_the_second_store_gets_a_copy_of_the_first_ones_tables_and_a_damaged_one_is_made_anew(
    tmp_path: Path, no_template: None, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
):
    made: list[Path] = []

    def make(file: Path) -> None:
        made.append(file)
        really(file)

    from assay.tracking import tables

    really = tables._make
    monkeypatch.setattr(tables, "_make", make)
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        ensure_tables(tmp_path / name / "mlflow.db")
    assert len(made) == 1
    assert schema(tmp_path / "a" / "mlflow.db") == schema(tmp_path / "b" / "mlflow.db")
    (template,) = (cache_folder() / "stores").iterdir()
    content = bytearray(template.read_bytes())
    content[len(content) // 2] ^= 1
    template.write_bytes(content)
    (tmp_path / "c").mkdir()
    ensure_tables(tmp_path / "c" / "mlflow.db")
    assert len(made) == 2
    assert "is damaged, and made anew" in caplog.text
    with sqlite3.connect(tmp_path / "c" / "mlflow.db") as connection:
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)


@pytest.mark.slow
def test_without_a_cache_that_can_be_written_tables_are_made_all_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    (tmp_path / "no folder").write_text("")
    monkeypatch.setenv("ASSAY_CACHE", str(tmp_path / "no folder"))
    ensure_tables(tmp_path / "mlflow.db")
    assert "experiments" in dict(schema(tmp_path / "mlflow.db"))


@pytest.fixture(scope="module")
def older(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return older_store(tmp_path_factory.mktemp("older") / "mlflow.db")


@pytest.mark.slow
def test_a_store_of_an_older_mlflow_is_migrated_beside_its_place_and_kept_as_it_was(
    older: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
):
    shutil.copy(older, tmp_path / "mlflow.db")
    assert store_at(tmp_path).find("a" * 32).name == "old"
    assert (tmp_path / "mlflow.db.bak").read_bytes() == older.read_bytes()
    assert f"it is kept in {tmp_path}/mlflow.db.bak" in caplog.text
    caplog.clear()
    assert store_at(tmp_path).find("a" * 32).name == "old"
    assert caplog.text == ""


@pytest.mark.slow
def test_a_store_of_an_older_mlflow_is_left_alone_while_a_run_is_at_work_in_it(older: Path, tmp_path: Path):
    shutil.copy(older, tmp_path / "mlflow.db")
    with sqlite3.connect(tmp_path / "mlflow.db") as connection:
        connection.execute("UPDATE runs SET status = 'RUNNING'")
        connection.executemany(f"INSERT INTO tags VALUES (?, ?, '{'a' * 32}')", process_tags().items())
    before = (tmp_path / "mlflow.db").read_bytes()
    with pytest.raises(TrackingError, match=f"run {'a' * 32} is at work in them; wait until that has ended"):
        store_at(tmp_path).check()
    assert (tmp_path / "mlflow.db").read_bytes() == before
