"""What keeps a run from being deleted, in a real store with its registry, history and studies."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from omegaconf import DictConfig

from assay.cli import main
from assay.errors import TrackingError
from assay.housekeeping.delete_runs import delete_runs
from assay.housekeeping.needed import Needs
from assay.registry.open_registry import registry_of
from assay.studies.result import StudyResult, Training, VariantResult
from assay.tracking.run import TrackedRun
from assay.tracking.store import TrackingStore
from finished import store_words


def finished(store: TrackingStore, name: str, parent: str | None = None) -> str:
    with store.start_run(name, parent=parent) as run:
        (run.folder / "file").write_bytes(b"x" * 100)
    return run.run_id


def study_of(folder: Path, name: str, *run_ids: str) -> Path:
    trainings = tuple(Training(seed, None, run_id) for seed, run_id in enumerate(run_ids))
    variant = VariantResult("plain", (), trainings, ())
    result = StudyResult(name, "?", "plain", (variant,), (), ("a", "b"), 4, None, 0.95, "d", (), ())
    folder.mkdir(parents=True)
    result.save(folder / "study.json")
    return folder / "study.json"


def needs(config: DictConfig, store: TrackingStore, run_id: str) -> list[tuple[str, str]]:
    return [(need.by, need.why) for need in Needs(config, store).of(store.find(run_id))]


def test_nothing_needs_a_run_that_nobody_speaks_of(config: DictConfig, store: TrackingStore) -> None:
    assert needs(config, store, finished(store, "free")) == []


def test_the_registry_needs_the_run_of_every_version_and_its_history_what_it_speaks_of(
    config: DictConfig, store: TrackingStore, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    version, judged, free = (finished(store, name) for name in ("version", "judged", "free"))
    store.client.create_registered_model("cells")
    store.client.create_model_version("cells", str(tmp_path), version)
    store.client.set_registered_model_alias("cells", "champion", "1")
    verdict = {"verdict": {"run_id": judged, "bundle_digest": free * 2}}
    registry_of(config, store, "cells").ledger.append("cells", "verdict", "Ada", verdict)
    assert needs(config, store, version) == [("registry", "is version 1 of cells (champion)")]
    assert needs(config, store, judged) == [
        ("history", "was judged or promoted as cells (entry 1 of assay history name=cells)")
    ]
    assert needs(config, store, free) == []
    (command,) = re.findall(r"assay (history name=\w+)", needs(config, store, judged)[0][1])
    main([*command.split(), *store_words(tmp_path)])
    assert re.search(r"│ 1 │.*verdict.*Ada", capfd.readouterr().out)


def test_a_study_needs_its_trainings_whether_it_lies_beside_the_runs_or_in_the_store(
    config: DictConfig, store: TrackingStore, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    beside, inside = finished(store, "beside"), finished(store, "inside")
    study_of(tmp_path / "studies" / "first", "first", beside)
    parent = store.start_parent("second", "study second", tags={"assay.study": "second"})
    TrackedRun(store, parent, "second").log_artifact(study_of(tmp_path / "elsewhere", "second", inside))
    assert needs(config, store, beside) == [("study", "is a training of the study first")]
    assert needs(config, store, inside) == [("study", "is a training of the study second")]
    (need,) = Needs(config, store).of(store.find(inside))
    assert need.remedy == f"delete the study first: assay runs delete {parent[:8]}"
    store.finish_parent(parent)
    main([*need.remedy.partition(": assay ")[2].split(), *store_words(tmp_path)])
    assert "would go" in capfd.readouterr().out


def test_a_process_at_work_needs_its_run_and_those_of_its_study(config: DictConfig, store: TrackingStore) -> None:
    with store.start_run("at work") as run:
        ((by, why),) = needs(config, store, run.run_id)
        assert (by, why[:20]) == ("process", "is at work (process ")
    parent = store.start_parent("sweep", "key")
    child = finished(store, "trial", parent)
    assert needs(config, store, child) == [("process", f"belongs to sweep ({parent[:8]}), which is at work")]
    store.finish_parent(parent)
    assert needs(config, store, child) == []


def test_where_one_run_has_to_stay_none_is_deleted(config: DictConfig, store: TrackingStore, tmp_path: Path) -> None:
    free, needed = finished(store, "free"), finished(store, "needed")
    study_of(tmp_path / "studies" / "s", "s", needed)
    refused = delete_runs(config, store, [free, needed], yes=True)
    assert not refused.done
    assert [run.record.run_id for run in refused.refused] == [needed]
    assert {run.name for run in store.runs()} == {"free", "needed"}
    said = delete_runs(config, store, [free], yes=False)
    assert (said.done, said.size, len(store.runs())) == (False, 100, 2)
    assert delete_runs(config, store, [free[:8], free], yes=True).done
    assert {run.name for run in store.runs()} == {"needed"}
    with pytest.raises(TrackingError, match="no such run"):
        delete_runs(config, store, ["0" * 12], yes=True)


def test_a_study_goes_with_its_trainings_and_pages_and_not_with_those_it_has_reused(
    config: DictConfig, store: TrackingStore, tmp_path: Path
) -> None:
    reused = finished(store, "reused")
    parent = store.start_parent("s", "study s", tags={"assay.study": "s"})
    own = finished(store, "own", parent)
    study_of(tmp_path / "studies" / "s", "s", own, reused)
    store.finish_parent(parent)
    deletion = delete_runs(config, store, [parent], yes=True)
    assert deletion.done
    assert [run.record.name for run in deletion.runs] == ["own", "s"]
    assert not (tmp_path / "studies" / "s").exists()
    assert [run.name for run in store.runs()] == ["reused"]
    assert needs(config, store, reused) == []


def test_a_killed_deletion_of_a_sweep_is_finished_by_the_same_call(
    config: DictConfig, store: TrackingStore, tmp_path: Path
) -> None:
    parent = store.start_parent("sweep", "key")
    trials = [finished(store, f"trial {number}", parent) for number in range(3)]
    store.finish_parent(parent)
    store.client.delete_run(trials[0])  # as a kill leaves it: marked as deleted, with its files
    deletion = delete_runs(config, store, [parent[:8]], yes=True)
    assert {run.record.run_id for run in deletion.runs} == {parent, *trials}
    assert [path.name for path in (tmp_path / "work").iterdir() if path.is_dir()] == []
    assert [run.record.run_id for run in delete_runs(config, store, [parent], yes=True).runs] == [parent]
