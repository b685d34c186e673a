"""Cleaning a real store and a real cache: what runs have left goes by age, what anything needs stays."""

from __future__ import annotations

import contextlib
import json
import os
import time
from pathlib import Path

import pytest
from omegaconf import DictConfig

from assay.config.compose import compose
from assay.errors import ConfigError
from assay.housekeeping.clean import Cleaning, clean
from assay.housekeeping.delete_runs import delete_runs
from assay.housekeeping.request import CleanRequest
from assay.tracking.run import TrackedRun
from assay.tracking.run_files import SHARED_BACKBONES
from assay.tracking.store import TrackingStore

DAY = 86400.0


def age(*folders: Path, days: float = 40) -> None:
    """Everything in these folders was last used so long ago."""
    for folder in folders:
        for path in [*folder.rglob("*"), folder]:
            os.utime(path, (time.time() - days * DAY,) * 2)


def run_of(store: TrackingStore, name: str, *files: str, fails: bool = False, parent: str | None = None) -> Path:
    """Folder of a run with these files, 100 bytes each."""
    with contextlib.suppress(ZeroDivisionError), store.start_run(name, parent=parent) as run:
        for file in files:
            (run.folder / file).parent.mkdir(parents=True, exist_ok=True)
            (run.folder / file).write_bytes(b"x" * 100)
        assert not fails or 1 / 0
    return run.folder


def kinds(cleaning: Cleaning) -> dict[str, int]:
    sizes: dict[str, int] = {}
    for entry in cleaning.going:
        sizes[entry.kind] = sizes.get(entry.kind, 0) + entry.use.size
    return sizes


def test_what_runs_have_left_goes_when_it_is_old_and_first_it_is_only_said(
    config: DictConfig, store: TrackingStore
) -> None:
    done = run_of(store, "done", "evidence.json", "stages/0-head/last.ckpt", "cache/onnx/a", "fetched/b")
    failed, young = run_of(store, "failed", "a", fails=True), run_of(store, "young", "a", fails=True)
    deleted, unknown = run_of(store, "deleted", "a"), store.work / ("f" * 32)
    store.client.delete_run(deleted.name)
    restorable = run_of(store, "restorable", "a")
    store.client.delete_run(restorable.name)
    interrupted = run_of(store, "interrupted", "a")
    store.client.set_tag(interrupted.name, "assay.deleted", "2026-01-01")
    store.client.delete_run(interrupted.name)
    unknown.mkdir()
    (unknown / "a").write_bytes(b"x" * 100)
    half = store.work / ".x.123.0123abcd.tmp"
    half.write_text("half")
    age(done, failed, deleted, unknown, half)
    with store.start_run("at work") as run:
        (run.folder / "a").write_text("a")
        age(run.folder)
        said = clean(CleanRequest(), config)
        assert kinds(said) == {
            "checkpoints of finished runs": 100,
            "caches of finished runs": 100,
            "fetched copies of artifacts": 100,
            "folders of unfinished runs": 100,
            "folders of runs deleted in MLflow": 100,
            "files of deleted runs": 100,
            "temporary files": 4,
        }
        assert [entry.kind for entry in said.staying] == ["folders of unknown runs"]
        assert all(path.exists() for entry in said.going for path in entry.paths)
        removed = clean(CleanRequest(yes=True), config)
    assert (removed.done, removed.failed, removed.size) == (True, (), said.size)
    left = {done.name, young.name, restorable.name, unknown.name, run.run_id}
    assert {path.name for path in store.work.iterdir()} == left
    assert [path.name for path in done.iterdir()] == ["evidence.json"]
    assert kinds(clean(CleanRequest(), config)) == {}
    clean(CleanRequest(unknown=True, yes=True), config)
    assert not unknown.exists()


def test_a_shared_backbone_stays_while_a_model_has_it_and_goes_after_the_last(
    config: DictConfig, store: TrackingStore
) -> None:
    used, unused = (store.work / SHARED_BACKBONES / f"{digit * 64}.safetensors" for digit in "ab")
    run = run_of(store, "probe", "model/predictor.json")
    used.parent.mkdir()
    for file in (used, unused):
        file.write_bytes(b"x" * 100)
    (run / "model/backbone.safetensors").hardlink_to(used)
    age(run, used.parent)
    assert kinds(clean(CleanRequest(yes=True), config)) == {"backbones of no run": 100}
    assert (used.exists(), unused.exists()) == (True, False)
    assert (run / "model/backbone.safetensors").read_bytes() == b"x" * 100
    (deleted,) = delete_runs(config, store, [run.name], yes=True).runs
    assert deleted.disk.held == 100
    age(used.parent)
    assert kinds(clean(CleanRequest(yes=True), config)) == {"backbones of no run": 100}


def test_a_failed_run_that_something_needs_keeps_its_folder(config: DictConfig, store: TrackingStore) -> None:
    folder = run_of(store, "failed", "a", fails=True)
    age(folder)
    store.client.create_registered_model("cells")
    store.client.create_model_version("cells", str(folder), folder.name)
    assert kinds(clean(CleanRequest(yes=True), config)) == {}
    assert folder.is_dir()


def swept(store: TrackingStore, values: dict[str, float], *, best: float) -> dict[str, Path]:
    """Folders of the trials of a sweep that has ended, by name, with the table and metrics that a sweep records."""
    parent = store.start_parent("sweep", "key", tags={"assay.study": "sweep"})
    folders = {name: run_of(store, name, "model", parent=parent) for name in values}
    rows = [[number, "complete", value, folders[name].name] for number, (name, value) in enumerate(values.items())]
    tracked = TrackedRun(store, parent, "sweep")
    (tracked.folder / "tables").mkdir()
    table = {"columns": ["trial", "state", "val/score", "run_id"], "data": rows}
    (tracked.folder / "tables" / "trials.json").write_text(json.dumps(table))
    tracked.log_metrics({"trials/complete": len(values), "best/val/score": best})
    store.finish_parent(parent)
    age(store.work)
    return folders


@pytest.mark.parametrize(
    ("best", "keep", "left"),
    [(0.9, 0, set()), (0.9, 1, {"b"}), (0.9, 2, {"b", "c"}), (0.1, 1, {"a"}), (0.9, None, {"a", "b", "c"})],
)
def test_of_an_ended_sweep_the_best_trials_keep_their_files_and_all_keep_their_records(
    config: DictConfig, store: TrackingStore, best: float, keep: int | None, left: set[str]
) -> None:
    folders = swept(store, {"a": 0.1, "b": 0.9, "c": 0.5}, best=best)
    clean(CleanRequest(keep_trials=keep, yes=True), config)
    assert {name for name, folder in folders.items() if folder.exists()} == left
    assert {run.name for run in store.runs()} == {"a", "b", "c"}


def test_trials_of_a_sweep_at_work_or_without_a_table_keep_their_files(
    config: DictConfig, store: TrackingStore
) -> None:
    folders = swept(store, {"a": 0.1, "b": 0.9}, best=0.9)
    (sweep,) = (path.parents[1] for path in store.work.rglob("trials.json"))
    store.client.update_run(sweep.name, status="RUNNING")
    clean(CleanRequest(keep_trials=0, yes=True), config)
    assert all(folder.exists() for folder in folders.values())
    store.client.update_run(sweep.name, status="FINISHED")
    (sweep / "tables" / "trials.json").unlink()
    clean(CleanRequest(keep_trials=0, yes=True), config)
    assert all(folder.exists() for folder in folders.values())


def test_caches_go_by_age_and_size_without_a_store_and_none_is_made(tmp_path: Path) -> None:
    config = compose([f"tracking.uri=sqlite:///{tmp_path}/none.db", f"cache={tmp_path}/cache"])
    old, new = (tmp_path / "cache" / "onnx" / f"{digit * 32}.onnx" for digit in "01")
    for file, days in ((old, 9), (new, 2)):
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(b"x" * 1000)
        os.utime(file, (time.time() - days * DAY,) * 2)
    assert kinds(clean(CleanRequest(), config)) == {}
    cleaning = clean(CleanRequest(cache_size="1kB", yes=True), config)
    assert (cleaning.store, cleaning.cache_size, kinds(cleaning)) == (False, 2000, {"exported networks": 1000})
    assert new.exists()
    assert not old.exists()
    assert kinds(clean(CleanRequest(older="1d", yes=True), config)) == {"exported networks": 1000}
    assert not (tmp_path / "none.db").exists()
    with pytest.raises(ConfigError, match="older=ever: an age is needed"):
        clean(CleanRequest(older="ever"), config)
