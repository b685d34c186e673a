"""Deleting runs of a real store: what goes, what stays, and that a kill in the middle is finished by the next call."""

from __future__ import annotations

from pathlib import Path

import pytest

from assay.errors import TrackingError
from assay.tracking.deletion import delete_run, remove_run_files
from assay.tracking.listing import find_even_deleted
from assay.tracking.read import RunRecord
from assay.tracking.run_disk import logged_models, run_disk_use
from assay.tracking.search import everywhere
from assay.tracking.store import TrackingStore


def recorded(store: TrackingStore, name: str = "r") -> RunRecord:
    """A finished run with a file of 100 bytes in its folder, and the same among its artifacts."""
    with store.start_run(name, tags={"test_digest": "abc"}) as run:
        (run.folder / "file").write_bytes(b"x" * 100)
        run.log_artifact(run.folder / "file")
    return store.find(run.run_id)


def files_of(record: RunRecord, tmp_path: Path) -> list[Path]:
    return [path for path in tmp_path.rglob("*") if record.run_id in str(path)]


def test_a_deleted_run_is_found_by_nobody_takes_nothing_and_still_counts_as_having_looked(
    store: TrackingStore, tmp_path: Path
) -> None:
    record, other = recorded(store), recorded(store, "other")
    assert run_disk_use(record).total == 200
    delete_run(store, record)
    assert [run.run_id for run in store.runs()] == [other.run_id]
    with pytest.raises(TrackingError, match=r"is deleted\. Its files went with it on 20"):
        store.find(record.run_id)
    assert files_of(record, tmp_path) == []
    assert files_of(other, tmp_path) != []
    assert {run_id for run_id, *_ in everywhere(store, {"test_digest": "abc"})} == {record.run_id, other.run_id}
    assert find_even_deleted(store, record.run_id[:8]).deleted


def test_whatever_a_kill_left_of_a_deleted_run_goes_with_the_next_call(store: TrackingStore, tmp_path: Path) -> None:
    record = recorded(store)
    store.client.set_tag(record.run_id, "assay.deleted", "2026-01-01T00:00:00+00:00")
    delete_run(store, record)
    again = recorded(store)
    store.client.delete_run(again.run_id)
    delete_run(store, find_even_deleted(store, again.run_id))
    half = recorded(store)
    delete_run(store, half)
    half.folder.mkdir()
    (half.folder / "left").write_text("x")
    delete_run(store, find_even_deleted(store, half.run_id))
    delete_run(store, find_even_deleted(store, half.run_id))
    assert [files_of(run, tmp_path) for run in (record, again, half)] == [[], [], []]


def test_models_that_were_logged_from_a_run_go_with_it(store: TrackingStore, tmp_path: Path) -> None:
    record, client = recorded(store), store.client
    model = client.create_logged_model(store.experiment_id, name="m", source_run_id=record.run_id)
    (tmp_path / "model").mkdir()
    (tmp_path / "model" / "weights").write_text("w")
    client.log_model_artifacts(model.model_id, str(tmp_path / "model"))
    assert any(model.model_id in str(path) for path in tmp_path.rglob("*"))
    client.finalize_logged_model(model.model_id, "READY")
    assert [entry.model_id for entry in logged_models(store, record)] == [model.model_id]
    delete_run(store, record)
    assert logged_models(store, record) == []
    assert not any(model.model_id in str(path) for path in tmp_path.rglob("*"))


def test_a_run_at_work_keeps_everything(store: TrackingStore, tmp_path: Path) -> None:
    with store.start_run("r") as run:
        record = store.find(run.run_id)
        for remove in (delete_run, remove_run_files):
            with pytest.raises(TrackingError, match="is at work"):
                remove(store, record)
        assert run.folder.is_dir()
    assert store.find(run.run_id).status == "FINISHED"


def test_files_can_go_while_the_record_stays(store: TrackingStore, tmp_path: Path) -> None:
    record = recorded(store)
    remove_run_files(store, record)
    assert files_of(record, tmp_path) == []
    kept = store.find(record.run_id)
    assert (kept.status, kept.tags["test_digest"]) == ("FINISHED", "abc")
    assert kept.tags["assay.files_removed"].startswith("20")
