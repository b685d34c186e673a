from __future__ import annotations

import os
import shutil
import socket
import sqlite3
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

import pandas as pd
import pytest

from assay.errors import TrackingError
from assay.tracking.store import TrackingStore


def test_nothing_heavy_is_imported_before_a_store_is_used():
    script = (
        "import sys, assay.tracking.store, assay.tracking.run, assay.tracking.environment\n"
        "assay.tracking.store.TrackingStore('sqlite:///mlruns/mlflow.db')\n"
        "heavy = {'mlflow', 'torch', 'pandas', 'sqlalchemy', 'pytorch_lightning', 'requests'}\n"
        "print(sorted(heavy & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"


FIRST_USE = """
import sys
from assay.tracking.store import TrackingStore

store = TrackingStore("sqlite:///mlruns/mlflow.db", "mlruns/artifacts")
store.check()
import mlflow.telemetry
assert mlflow.telemetry.get_telemetry_client() is None, "telemetry is on"
with store.start_run("child", parent=store.start_parent("sweep", "one key")) as run:
    print(run.run_id)
"""


@pytest.mark.slow
def test_two_processes_at_once_on_a_fresh_folder_both_work_and_say_nothing(
    tmp_path: Path, python: Callable[..., subprocess.Popen[str]]
):
    processes = [python(FIRST_USE) for _ in range(2)]
    said = [process.communicate(timeout=120) for process in processes]
    assert [process.returncode for process in processes] == [0, 0], said
    assert [errors for _, errors in said] == ["", ""]
    with sqlite3.connect(tmp_path / "mlruns" / "mlflow.db") as connection:
        runs = connection.execute("SELECT run_uuid FROM runs WHERE name = 'child' AND status = 'FINISHED'").fetchall()
        assert {run for (run,) in runs} == {out.strip() for out, _ in said}
        assert connection.execute("SELECT count(*) FROM runs WHERE name = 'sweep'").fetchone() == (1,)
        location = connection.execute("SELECT artifact_location FROM experiments WHERE name = 'assay'").fetchall()
        assert location == [(str(tmp_path / "mlruns" / "artifacts"),)]


def test_a_folder_with_odd_characters_works(fresh_database: Path, tmp_path: Path):
    folder = tmp_path / "ไทย 100% #1"
    folder.mkdir()
    shutil.copy(fresh_database, folder / "mlflow.db")
    (tmp_path / "a.txt").write_text("a")
    store = TrackingStore(f"sqlite:///{folder}/mlflow.db", work=str(folder / "work"))
    with store.start_run("r") as run:
        run.log_artifact(tmp_path / "a.txt")
    assert store.find(run.run_id).fetch("a.txt").read_text() == "a"


def test_pickles_and_telemetry_are_off_once_a_store_is_open(store: TrackingStore):
    store.check()
    assert os.environ["MLFLOW_ALLOW_PICKLE_DESERIALIZATION"] == "false"
    from mlflow.environment_variables import MLFLOW_ALLOW_PICKLE_DESERIALIZATION, MLFLOW_DISABLE_TELEMETRY

    assert MLFLOW_ALLOW_PICKLE_DESERIALIZATION.get() is False
    assert MLFLOW_DISABLE_TELEMETRY.get() is True


def test_a_deleted_experiment_is_said_with_how_to_bring_it_back(store: TrackingStore):
    store.client.delete_experiment(store.experiment_id)
    again = TrackingStore(store.uri, store.artifacts, work=str(store.work))
    with pytest.raises(TrackingError, match=r"is deleted.*mlflow experiments restore"):
        again.check()


def test_a_moved_project_is_told_where_its_artifacts_go(store: TrackingStore, caplog: pytest.LogCaptureFixture):
    store.check()
    TrackingStore(store.uri, "/elsewhere/artifacts", work=str(store.work)).check()
    assert f"keeps its artifacts in {store.artifacts}" in caplog.text


def test_a_run_is_found_by_the_beginning_of_its_id(store: TrackingStore):
    runs = [store.start_run(f"r{i}") for i in range(3)]
    assert store.find(runs[1].run_id[:10]).name == "r1"
    with pytest.raises(TrackingError, match=r"no such run; the newest are .*r2, RUNNING"):
        store.find("fedcba987654")
    with pytest.raises(TrackingError, match="no such run"):
        store.find("%' OR 'a'='a")


def test_a_beginning_that_several_runs_share_is_refused(store: TrackingStore, rows: Callable, tmp_path: Path):
    runs = [store.start_run(f"r{i}") for i in range(2)]
    with sqlite3.connect(tmp_path / "mlflow.db") as connection:
        for i, run in enumerate(runs):
            for table in ("tags", "runs"):
                connection.execute(
                    f"UPDATE {table} SET run_uuid = ? WHERE run_uuid = ?", (f"abcd{i}" + "0" * 27, run.run_id)
                )
    with pytest.raises(TrackingError, match=r"several runs begin like this: abcd[01]0.*abcd[01]0"):
        store.find("abcd")
    assert store.find("abcd1").name == "r1"


def test_an_artifact_that_is_not_there_is_said_with_what_is(store: TrackingStore, tmp_path: Path):
    (tmp_path / "val.parquet").write_text("")
    with store.start_run("r") as run:
        run.log_artifact(tmp_path / "val.parquet", "predictions")
    with pytest.raises(TrackingError, match=r"no artifact predictions/test\.parquet.*predictions/val\.parquet"):
        store.find(run.run_id).fetch("predictions/test.parquet")
    with pytest.raises(TrackingError, match="there is nothing"):
        store.find(run.run_id).fetch("nowhere/x")


def answers(url: str) -> bool:
    try:
        return urllib.request.urlopen(f"{url}/health", timeout=1).status == 200
    except OSError:
        return False


@pytest.fixture
def server(fresh_database: Path, tmp_path: Path, until: Callable[..., None]) -> Iterator[str]:
    """An MLflow server on loopback, started as a team would."""
    shutil.copy(fresh_database, tmp_path / "mlflow.db")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [
        *(sys.executable, "-m", "mlflow", "server", "--host", "127.0.0.1", "--port", str(port), "--workers", "1"),
        *("--backend-store-uri", f"sqlite:///{tmp_path}/mlflow.db", "--artifacts-destination", f"{tmp_path}/served"),
    ]
    quiet = {**os.environ, "MLFLOW_DISABLE_TELEMETRY": "true", "MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false"}
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=quiet, cwd=tmp_path)
    url = f"http://127.0.0.1:{port}"
    try:
        until(lambda: answers(url))
        yield url
    finally:
        process.terminate()
        process.wait(20)


@pytest.mark.slow
def test_a_real_server_takes_a_run_with_artifacts_and_gives_it_back(
    server: str, tmp_path: Path, rows: Callable, status: Callable, capsys: pytest.CaptureFixture[str]
):
    store = TrackingStore(server, work=str(tmp_path / "work"))
    (tmp_path / "evidence.json").write_text('{"ok": true}')
    with store.start_run(
        "remote", params={"empty": "", "long": "ก" * 9000, **{f"p{i}": "é" * 6000 for i in range(120)}}
    ) as run:
        run.log_metrics({"val/loss": 0.5, "val/macro_f1": float("nan"), "gap": float("inf")}, step=2)
        run.log_artifact(tmp_path / "evidence.json")
        run.log_artifact(tmp_path / "evidence.json", "predictions")
        run.log_table(pd.DataFrame({"a": [1]}), "t")
    assert status(run.run_id) == ("FINISHED", None)
    record = TrackingStore(server, work=str(tmp_path / "elsewhere")).find(run.run_id[:8])
    assert record.metrics["val/loss"] == 0.5
    assert len(record.params) == 122
    for path in ("evidence.json", "predictions/evidence.json"):
        assert record.fetch(path).read_text() == '{"ok": true}'
    with pytest.raises(TrackingError, match=r"no artifact config\.yaml"):
        record.fetch("config.yaml")
    assert (tmp_path / "served").is_dir()
    parent = store.start_parent("sweep", "k")
    with pytest.raises(KeyboardInterrupt), store.start_run("child", parent=parent) as child:
        raise KeyboardInterrupt
    with store.resume_run(child.run_id):
        assert store.mark_dead_runs() == []
    assert store.finish_parent(parent) == "FINISHED"
    assert "View run" not in capsys.readouterr().out
