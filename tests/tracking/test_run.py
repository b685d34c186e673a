from __future__ import annotations

import errno
import json
import math
import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from assay.data.manifest import Manifest
from assay.errors import DataError, TrackingError
from assay.files import atomic_write
from assay.tracking.dataset import dataset_input
from assay.tracking.store import TrackingStore

Status = Callable[[str], tuple[str, str | None]]


def test_a_run_that_ends_well_is_finished(store: TrackingStore, status: Status):
    with store.start_run("resnet50") as run:
        assert status(run.run_id) == ("RUNNING", None)
        assert run.folder.is_dir()
    assert status(run.run_id) == ("FINISHED", None)


def test_what_a_killed_write_has_left_is_not_recorded(store: TrackingStore, tmp_path: Path):
    folder = tmp_path / "model"
    for name in ("a.bin", "inner/b.bin", ".a.bin.4711.0a1b2c3d.tmp", "inner/.b.bin.4711.0a1b2c3d.tmp", "notes.tmp"):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(name)
    with store.start_run("r") as run:
        run.log_artifact(folder)
    recorded = store.find(run.run_id).fetch("model")
    files = {path.relative_to(recorded).as_posix() for path in recorded.rglob("*") if path.is_file()}
    assert files == {"a.bin", "inner/b.bin", "notes.tmp"}


@pytest.mark.parametrize("error", [DataError("3 of 9 images cannot be decoded"), ValueError("")])
def test_a_run_that_fails_says_with_what(store: TrackingStore, status: Status, error: Exception):
    with pytest.raises(type(error)), store.start_run("r") as run:
        raise error
    assert status(run.run_id) == ("FAILED", f"{type(error).__name__}: {error}")


def test_ctrl_c_leaves_a_killed_run(store: TrackingStore, status: Status):
    with pytest.raises(KeyboardInterrupt), store.start_run("r") as run:
        raise KeyboardInterrupt
    assert status(run.run_id) == ("KILLED", "KeyboardInterrupt: interrupted from the keyboard")


def test_ctrl_c_that_lightning_turned_into_an_exit_is_still_called_ctrl_c(store: TrackingStore, status: Status):
    def fit() -> None:
        try:
            raise KeyboardInterrupt
        except KeyboardInterrupt:
            sys.exit(1)

    with pytest.raises(SystemExit), store.start_run("r") as run:
        fit()
    assert status(run.run_id) == ("KILLED", "KeyboardInterrupt: interrupted from the keyboard")


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_a_request_to_end_leaves_a_killed_run_and_the_former_handler(
    store: TrackingStore, status: Status, number: signal.Signals
):
    inherited = signal.signal(number, signal.SIG_DFL)  # it may be ignored where the tests run, as under nohup
    try:
        with pytest.raises(SystemExit) as caught, store.start_run("r") as run:
            os.kill(os.getpid(), number)
        assert status(run.run_id) == ("KILLED", f"Terminated: {number.name}")
        assert caught.value.code == 128 + number
        assert signal.getsignal(number) is signal.SIG_DFL
    finally:
        signal.signal(number, inherited)


def test_a_signal_that_is_ignored_stays_ignored(store: TrackingStore, status: Status):
    inherited = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        with store.start_run("r") as run:
            os.kill(os.getpid(), signal.SIGHUP)
        assert status(run.run_id) == ("FINISHED", None)
    finally:
        signal.signal(signal.SIGHUP, inherited)


def test_a_forked_worker_that_is_ended_leaves_the_run_alone(store: TrackingStore, status: Status):
    with store.start_run("r") as run:
        child = os.fork()
        if not child:
            os.kill(os.getpid(), signal.SIGTERM)
            os._exit(99)
        _, end = os.waitpid(child, 0)
        assert os.WIFSIGNALED(end)
        assert os.WTERMSIG(end) == signal.SIGTERM
        assert status(run.run_id) == ("RUNNING", None)
    assert status(run.run_id) == ("FINISHED", None)


def test_an_error_is_not_hidden_by_a_store_that_is_gone(
    store: TrackingStore, tmp_path: Path, caplog: pytest.LogCaptureFixture
):
    run = store.start_run("r")
    (tmp_path / "mlflow.db").write_bytes(b"")
    with pytest.raises(ValueError, match="the real reason"), run:
        raise ValueError("the real reason")
    assert "could not be recorded" in caplog.text


def test_a_store_that_is_gone_is_said_with_how_to_go_on(store: TrackingStore, tmp_path: Path):
    run = store.start_run("r")
    (tmp_path / "mlflow.db").write_bytes(b"")
    with pytest.raises(TrackingError, match=r"recording metrics failed.*resume=[0-9a-f]{32}"), run:
        run.log_metrics({"a": 1})


def test_metrics_keep_their_steps_and_odd_values_do_not_stop_a_run(store: TrackingStore, rows: Callable):
    with store.start_run("r") as run:
        run.log_metrics({"val/loss": np.float32(0.5), "val/macro_f1": math.nan, "gap": math.inf, "none": None}, step=3)
        run.log_metrics({"val/loss": 0.25}, step=4)
        run.log_metrics({f"m/{i}": i for i in range(1200)})
    logged = rows("SELECT value, step, is_nan FROM metrics WHERE run_uuid = ? AND key = 'val/loss'", run.run_id)
    assert sorted(logged) == [(0.25, 4, 0), (0.5, 3, 0)]
    odd = rows(
        "SELECT key, is_nan FROM metrics WHERE run_uuid = ? AND key IN ('val/macro_f1', 'gap', 'none')", run.run_id
    )
    assert sorted(odd) == [("gap", 0), ("val/macro_f1", 1)]
    assert rows("SELECT count(*) FROM metrics WHERE run_uuid = ? AND key LIKE 'm/%'", run.run_id) == [(1200,)]


def test_params_of_any_number_and_length_are_recorded(store: TrackingStore, rows: Callable):
    config = {"long": "ก" * 50_000, **{f"group{i}": {"a": i, "b": [i] * 2000} for i in range(150)}}
    with store.start_run("r", params=config) as run:
        pass
    recorded = dict(rows("SELECT key, value FROM params WHERE run_uuid = ?", run.run_id))
    assert len(recorded) == 301
    assert recorded["group7.a"] == "7"
    assert len(recorded["long"]) == 6000
    assert "cut, 50000 characters" in recorded["long"]


def test_the_tags_name_process_parent_and_commit(store: TrackingStore):
    with store.start_run("r", tags={"git_commit": "abc", "note": "x" * 9000, "bad?": "1"}, parent="f" * 32) as run:
        tags = store.find(run.run_id).tags
    assert tags["assay.pid"] == str(os.getpid())
    assert tags["mlflow.parentRunId"] == "f" * 32
    assert tags["mlflow.source.git.commit"] == "abc"
    assert len(tags["note"]) == 8000
    assert tags["bad_"] == "1"


def test_two_runs_in_one_process_do_not_mix(store: TrackingStore):
    with store.start_run("a") as first, store.start_run("b") as second:
        second.log_metrics({"x": 2})
        first.log_metrics({"x": 1})
    assert first.folder != second.folder
    assert store.find(first.run_id).metrics == {"x": 1}
    assert store.find(second.run_id).metrics == {"x": 2}


def manifest(images: int = 20) -> Manifest:
    table = pd.DataFrame(
        {
            "id": [f"{i:064x}" for i in range(images)],
            "path": [f"/data/cells/{i}.png" for i in range(images)],
            "label": [i % 2 for i in range(images)],
            "split": [("train", "train", "val", "test")[i // 2 % 4] for i in range(images)],
            "group": [str(i) for i in range(images)],
            "source": "elpv",
            "generator": "",
            "license": "CC BY-NC-SA 4.0",
            "width": 300,
            "height": 300,
            "format": "PNG",
            "phash": [2**64 - 1 - i for i in range(images)],
            "flags": "",
        }
    )
    return Manifest(table, ("good", "defect"))


def test_the_dataset_is_an_input_of_the_run_with_its_counts(store: TrackingStore):
    data = manifest()
    with store.start_run("r") as run:
        run.log_dataset(data)
    (logged,) = store.client.get_run(run.run_id).inputs.dataset_inputs
    assert logged.dataset.name == "elpv"
    assert logged.dataset.digest == data.digest[:36]
    assert json.loads(logged.dataset.source) == {"uri": "/data/cells"}
    profile = json.loads(logged.dataset.profile)
    assert profile["num_rows"] == 20
    assert profile["images_per_split"] == {"train": 12, "val": 4, "test": 4}
    assert profile["images_per_class"]["defect"] == {"train": 6, "val": 2, "test": 2}
    assert {(tag.key, tag.value) for tag in logged.tags} == {("mlflow.data.context", "train, val, test")}
    from mlflow.data import get_source

    assert get_source(logged.dataset).to_dict() == {"uri": "/data/cells"}


def test_artifacts_and_tables_come_back_as_they_were(store: TrackingStore, tmp_path: Path):
    (tmp_path / "config.yaml").write_text("model: รุ่น\n")
    (tmp_path / "figures").mkdir()
    (tmp_path / "figures" / "roc.png").write_bytes(b"\x89PNG")
    (tmp_path / "test.parquet").write_bytes(b"PAR1")
    with store.start_run("r") as run:
        run.log_artifact(tmp_path / "config.yaml")
        run.log_artifact(tmp_path / "figures")
        run.log_artifact(tmp_path / "test.parquet", "predictions")
        for value in (1, 2):
            run.log_table(pd.DataFrame({"class": ["a"], "recall": [value]}), "per_class")
        with pytest.raises(TrackingError, match="no such file"):
            run.log_artifact(tmp_path / "absent.png")
    record = store.find(run.run_id)
    assert record.fetch("config.yaml").read_text() == "model: รุ่น\n"
    assert record.fetch("figures/roc.png").read_bytes() == b"\x89PNG"
    assert record.fetch("predictions/test.parquet").read_bytes() == b"PAR1"
    assert (record.fetch("predictions") / "test.parquet").is_file()
    assert json.loads(record.fetch("tables/per_class.json").read_text()) == {
        "columns": ["class", "recall"],
        "data": [["a", 2]],
    }
    assert json.loads(record.tags["mlflow.loggedArtifacts"]) == [{"path": "tables/per_class.json", "type": "table"}]


def test_what_is_written_once_is_stored_once_and_neither_name_sees_what_becomes_of_the_other(store: TrackingStore):
    with store.start_run("r") as run:
        model = run.folder / "model"
        model.mkdir()
        for name in ("model.safetensors", "predictor.json"):
            (model / name).write_text("measured")
        run.log_artifact(model)
        run.log_artifact(model)
        kept = Path(store.find(run.run_id).artifacts) / "model"
        assert (kept / "model.safetensors").samefile(model / "model.safetensors")
        assert not (kept / "predictor.json").samefile(model / "predictor.json")
        (model / "predictor.json").write_text("edited")
        for name in ("model.safetensors", "predictor.json"):
            with atomic_write(model / name) as temporary:
                temporary.write_text("written anew")
        assert {file.read_text() for file in kept.iterdir()} == {"measured"}
        run.log_artifact(model)
        assert {file.read_text() for file in kept.iterdir()} == {"written anew"}
        (model / "model.safetensors").unlink()
    assert store.find(run.run_id).file("model/model.safetensors").read_text() == "written anew"


def test_artifacts_on_another_file_system_are_copied(store: TrackingStore, monkeypatch: pytest.MonkeyPatch):
    def refused(*_: object) -> None:
        raise OSError(errno.EXDEV, "Invalid cross-device link")

    monkeypatch.setattr(os, "link", refused)
    with store.start_run("r") as run:
        (run.folder / "draws.parquet").write_bytes(b"PAR1")
        run.log_artifact(run.folder / "draws.parquet")
        kept = Path(store.find(run.run_id).artifacts) / "draws.parquet"
        assert kept.read_bytes() == b"PAR1"
        assert not kept.samefile(run.folder / "draws.parquet")


def test_a_resumed_run_goes_on_in_its_own_record(
    store: TrackingStore, status: Status, rows: Callable, caplog: pytest.LogCaptureFixture
):
    run = store.start_run("r", params={"lr": 0.1, "epochs": 5})
    (run.folder / "last.ckpt").write_text("weights")
    run.log_metrics({"val/loss": 1.0}, step=0)
    with pytest.raises(KeyboardInterrupt), run:
        raise KeyboardInterrupt
    with store.resume_run(run.run_id[:8]) as again:
        assert status(run.run_id) == ("RUNNING", None)
        assert (again.run_id, again.name, again.resumed) == (run.run_id, "r", 1)
        assert (again.folder / "last.ckpt").read_text() == "weights"
        again.log_params({"lr": 0.1, "epochs": 9, "new": 1})
        again.log_metrics({"val/loss": 0.5}, step=1)
    assert status(run.run_id) == ("FINISHED", None)
    assert "other values of epochs" in caplog.text
    record = store.find(run.run_id)
    assert record.params == {"lr": "0.1", "epochs": "5", "new": "1"}
    assert record.tags["assay.resumed"] == "1"
    assert rows("SELECT count(*) FROM runs") == [(1,)]
    assert [m.value for m in store.client.get_metric_history(run.run_id, "val/loss")] == [1.0, 0.5]


def test_what_cannot_be_resumed_is_said(store: TrackingStore):
    with store.start_run("busy") as busy, pytest.raises(TrackingError, match=f"at work: process {os.getpid()}"):
        store.resume_run(busy.run_id)
    with pytest.raises(TrackingError, match="is finished"):
        store.resume_run(busy.run_id)
    with pytest.raises(TrackingError, match="no such run"):
        store.resume_run("0" * 32)
    store.client.delete_run(busy.run_id)
    with pytest.raises(TrackingError, match=r"is deleted.*mlflow runs restore"):
        store.resume_run(busy.run_id)


def test_a_finished_run_takes_more_and_stays_finished(store: TrackingStore):
    with store.start_run("first") as run:
        run.log_metrics({"test/accuracy": 0.5})
    amended = store.amend_run(run.run_id[:8])
    amended.log_metrics({"explain/deletion_gain": 0.1})
    record = store.find(run.run_id)
    assert record.status == "FINISHED"
    assert dict(record.metrics) == {"test/accuracy": 0.5, "explain/deletion_gain": 0.1}


def test_a_run_at_work_is_not_amended(store: TrackingStore):
    with store.start_run("first") as run, pytest.raises(TrackingError, match="is at work; wait for its end"):
        store.amend_run(run.run_id)


def test_a_dataset_is_called_by_its_sources_and_its_ood_sets():
    data = manifest()
    outside = data.table.iloc[:2].assign(split="ood", label=-1, ood_set=["photographs", "holdout_bad"])
    named = Manifest(pd.concat([data.table, outside]), data.class_names)
    assert dataset_input(named).dataset.name == "elpv, holdout_bad, photographs"
