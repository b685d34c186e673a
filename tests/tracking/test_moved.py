from __future__ import annotations

import shutil
import sqlite3
from pathlib import Path

import pytest

from assay.database.url import sqlite_url
from assay.tracking.store import TrackingStore


@pytest.fixture
def old(fresh_database: Path, tmp_path: Path) -> Path:
    """A project with one run that has an artifact, and a logged model of it."""
    (tmp_path / "old" / "mlruns").mkdir(parents=True)
    shutil.copy(fresh_database, tmp_path / "old" / "mlruns" / "mlflow.db")
    record(tmp_path / "old", "first")
    return tmp_path / "old"


def store_of(project: Path) -> TrackingStore:
    return TrackingStore(sqlite_url(project / "mlruns" / "mlflow.db"), work=f"{project}/mlruns/work")


def record(project: Path, name: str) -> str:
    store = store_of(project)
    with store.start_run(name) as run:
        (run.folder / "a.txt").write_text(name)
        run.log_artifact(run.folder / "a.txt")
    store.client.create_logged_model(store.experiment_id, source_run_id=run.run_id)
    return run.run_id


def first_run(project: Path) -> str:
    with sqlite3.connect(project / "mlruns" / "mlflow.db") as connection:
        return str(connection.execute("SELECT run_uuid FROM runs WHERE name = 'first'").fetchone()[0])


def places(project: Path) -> set[str]:
    with sqlite3.connect(project / "mlruns" / "mlflow.db") as connection:
        return {
            str(place)
            for table, column in (
                ("experiments", "artifact_location"),
                ("runs", "artifact_uri"),
                ("logged_models", "artifact_location"),
            )
            for (place,) in connection.execute(f"SELECT {column} FROM {table} WHERE experiment_id > 0")
        }


@pytest.mark.parametrize("name", ["new", "new 50%25"])
def test_a_moved_project_goes_on_in_its_new_place(old: Path, name: str):
    from mlflow import MlflowClient

    new = old.rename(old.parent / name)
    shutil.rmtree(new / "mlruns" / "work")
    second = record(new, "second")
    assert (new / "mlruns" / "artifacts" / second / "artifacts" / "a.txt").read_text() == "second"
    assert not old.exists()
    assert store_of(new).find(first_run(new)).fetch("a.txt").read_text() == "first"
    client = MlflowClient(store_of(new).uri)
    assert [entry.path for entry in client.list_artifacts(first_run(new))] == ["a.txt"]
    assert not any("/old/" in place for place in places(new))


def test_a_copy_and_its_original_each_go_on_with_their_own_files(old: Path):
    copy = Path(shutil.copytree(old, old.parent / "copy"))
    second = record(copy, "second")
    assert not (old / "mlruns" / "artifacts" / second).exists()
    before = places(old)
    store_of(old).check()
    assert places(old) == before
    assert all(place.startswith(str(old)) for place in before)


def test_a_place_that_is_away_for_the_moment_is_not_given_up(old: Path):
    (old / "mlruns" / "artifacts").rename(old.parent / "disk")
    new = old.rename(old.parent / "new")
    store_of(new).check()
    assert all(place.startswith(str(old)) for place in places(new))


def test_artifacts_that_were_asked_for_elsewhere_stay_there(fresh_database: Path, tmp_path: Path):
    project = tmp_path / "p"
    (project / "mlruns").mkdir(parents=True)
    shutil.copy(fresh_database, project / "mlruns" / "mlflow.db")
    store = TrackingStore(f"sqlite:///{project}/mlruns/mlflow.db", f"{tmp_path}/big/artifacts", work=f"{project}/work")
    with store.start_run("first") as run:
        (run.folder / "a.txt").write_text("a")
        run.log_artifact(run.folder / "a.txt")
    store_of(project).check()
    assert store_of(project).find(run.run_id).artifacts.startswith(f"{tmp_path}/big/")
