"""`assay runs` and `assay clean` as they are typed, on a finished run: text, JSON, CSV, and words that cannot be."""

from __future__ import annotations

import csv
import io
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

import assay
from assay.cli import main
from assay.commands.runs import COMMAND
from assay.evaluation.evidence import Evidence
from finished import Finished


@pytest.fixture
def run(finished_run: Finished, tmp_path: Path) -> Finished:
    return finished_run.copied(tmp_path)


def printed(capfd: pytest.CaptureFixture[str], *words: str) -> str:
    main(list(words))
    return capfd.readouterr().out


def test_the_list_says_what_was_trained_and_the_numbers_of_its_evidence(
    run: Finished, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    macro_f1 = Evidence.load(run.folder / "evidence.json").metrics["macro_f1"]
    (listed,) = json.loads(printed(capfd, "runs", *run.store, "format=json"))["runs"]
    assert (listed["run"], listed["status"], listed["model"]) == (run.run_id, "finished", "baseline_cnn")
    assert listed["metrics"]["macro_f1"]["low"] == macro_f1.low
    files = [path for part in (run.folder, run.root / "artifacts" / run.run_id) for path in part.rglob("*")]
    assert listed["bytes"]["all"] == sum(path.stat().st_size for path in files if path.is_file())
    (row,) = csv.DictReader(io.StringIO(printed(capfd, "runs", *run.store, "format=csv")))
    assert float(row["macro_f1_high"]) == macro_f1.high
    for columns in (80, 120):
        monkeypatch.setenv("COLUMNS", str(columns))
        text = printed(capfd, "runs", *run.store)
        assert run.run_id[:8] in text
        assert f"{macro_f1.low:.3f}–{macro_f1.high:.3f}" in text
        assert max(map(len, text.splitlines())) <= columns
    assert "no such run in" in printed(capfd, "runs", *run.store, "status=failed")


def test_one_run_is_shown_with_its_command_numbers_and_files(run: Finished, capfd: pytest.CaptureFixture[str]) -> None:
    shown = json.loads(printed(capfd, "runs", run.run_id[:8], *run.store, "format=json"))
    evidence = Evidence.load(run.folder / "evidence.json")
    assert (shown["command"], shown["data"]) == ("assay train", "folder photos")
    assert shown["metrics"]["ood/false_reject"]["value"] == evidence.measured()["ood/false_reject", None].value
    sizes = {file["name"]: file["folder"] for file in shown["files"]}
    assert sizes["evidence.json"] == (run.folder / "evidence.json").stat().st_size
    text = printed(capfd, "runs", run.run_id[:8], *run.store)
    assert "Macro-F1" in text
    assert "no process, version, history or study needs it" in text


def test_a_run_is_deleted_after_saying_so_and_is_gone_from_python_too(
    run: Finished, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "200")
    text = printed(capfd, "runs", "delete", run.run_id[:8], *run.store)
    assert f"would go; nothing was deleted. assay runs delete {run.run_id[:8]} --yes deletes" in text
    assert list(assay.runs(run.store)["run"]) == [run.run_id]
    assert "deleted: 1 run" in printed(capfd, "runs", "delete", run.run_id[:8], "--yes", *run.store)
    assert list(assay.runs(run.store)["run"]) == []
    assert not run.folder.exists()
    assert not (run.root / "artifacts" / run.run_id).exists()
    with pytest.raises(SystemExit):
        main(["runs", run.run_id[:8], *run.store])
    assert "is deleted. Its files went with it" in capfd.readouterr().err


def test_a_run_that_was_deleted_in_mlflow_is_found_again_and_one_whose_files_went_is_not(
    run: Finished, capfd: pytest.CaptureFixture[str]
) -> None:
    from assay.config.compose import compose
    from assay.run.recorded_run import RecordedRun
    from assay.run.workspace import open_store

    open_store(compose(run.store)).client.delete_run(run.run_id)
    assert list(assay.runs(run.store)["run"]) == []
    assert f"restored: {run.run_id[:8]}" in printed(capfd, "runs", "restore", run.run_id[:8], *run.store)
    assert list(assay.runs(run.store)["run"]) == [run.run_id]
    assert RecordedRun(open_store(compose(run.store)).find(run.run_id)).predictions("test").labels.size
    with pytest.raises(SystemExit):
        main(["runs", "restore", run.run_id[:8], *run.store])
    assert f"run {run.run_id} is not deleted" in capfd.readouterr().err
    printed(capfd, "runs", "delete", run.run_id[:8], "--yes", *run.store)
    with pytest.raises(SystemExit):
        main(["runs", "restore", run.run_id[:8], *run.store])
    assert "is deleted. Its files went with it" in capfd.readouterr().err
    assert list(assay.runs(run.store)["run"]) == []


def test_deleted_runs_of_a_study_come_back_with_it_but_not_where_its_experiment_is_deleted(
    run: Finished, capfd: pytest.CaptureFixture[str]
) -> None:
    from assay.config.compose import compose
    from assay.run.workspace import open_store
    from assay.tracking.parent import KEY
    from assay.tracking.tags import PARENT

    client = open_store(compose(run.store)).client
    study = client.create_run(client.get_run(run.run_id).info.experiment_id, tags={KEY: "study"}).info
    client.set_terminated(study.run_id)
    client.set_tag(run.run_id, PARENT, study.run_id)
    for run_id in (run.run_id, study.run_id):
        client.delete_run(run_id)
    client.delete_experiment(study.experiment_id)
    with pytest.raises(SystemExit):
        main(["runs", "restore", study.run_id, *run.store])
    refused = capfd.readouterr().err
    assert f"run {study.run_id} went with its experiment" in refused
    command = refused.partition("come back with ")[2].strip()
    environment = {**os.environ, "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}"}
    subprocess.run(command, shell=True, check=True, env=environment, capture_output=True)
    for run_id in (run.run_id, study.run_id):  # which MLflow restored as well
        client.delete_run(run_id)
    restored = printed(capfd, "runs", "restore", study.run_id, *run.store)
    assert [line.split()[1] for line in restored.splitlines()] == [study.run_id[:8], run.run_id[:8]]
    assert list(assay.runs([*run.store])["run"]) == [run.run_id]


def test_a_run_that_has_to_stay_is_a_failure_with_the_reason(run: Finished, capfd: pytest.CaptureFixture[str]) -> None:
    from assay.config.compose import compose
    from assay.run.workspace import open_store

    client = open_store(compose(run.store)).client
    client.create_registered_model("cells")
    client.create_model_version("cells", str(run.folder), run.run_id)
    with pytest.raises(SystemExit) as left:
        main(["runs", "delete", run.run_id, "--yes", *run.store])
    assert left.value.code == 1
    captured = capfd.readouterr()
    assert "has to stay" in captured.out
    assert f"nothing was deleted:\n  - run {run.run_id[:8]} is version 1 of cells" in captured.err
    assert run.folder.exists()


def test_cleaning_says_first_and_leaves_a_finished_run_whole(
    run: Finished, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    words = ["clean", "older=0d", "cache_size=0", f"cache={tmp_path}/cache", *run.store]
    before = {path for path in run.folder.rglob("*") if "stages" not in str(path)}
    shown = json.loads(printed(capfd, *words, "format=json"))
    assert (shown["schema"], shown["removed"]) == ("assay.clean", False)
    assert "nothing" in printed(capfd, *words)
    printed(capfd, *words, "--yes")
    assert {path for path in run.folder.rglob("*") if "stages" not in str(path)} == before


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["delete"], "delete: a run is needed"),
        (["delete", "cells@champion"], "cells@champion: a version of a registered model is not deleted"),
        (["3f2a", "delete"], "delete stands before the runs"),
        (["restore"], "restore: a run is needed: assay runs restore RUN …"),
        (["restore", "cells@champion"], "cells@champion: a version of a registered model is not restored"),
        (["delete", "restore", "3f2a"], "restore stands before the runs"),
        (["restore", "3f2a", "--yes"], "yes: goes with delete"),
        (["3f2a", "91bc"], "one run is shown at a time"),
        (["3f2a", "limit=3"], "limit: is for the list of runs"),
        (["--yes"], "yes: goes with delete"),
        (["limit=0"], "limit: must be a whole number of 1 or more, got '0'"),
        (["status=died"], "status: must be finished or running or failed or killed, got 'died'"),
        (["nobody"], "nobody: neither a setting nor the id of a run, NAME@ALIAS, delete, or restore"),
    ],
)
def test_words_that_cannot_be_are_answered_before_a_store_is_opened(words: list[str], message: str) -> None:
    from assay.errors import ConfigError

    with pytest.raises(ConfigError) as refused:
        COMMAND.parse(words)
    assert message in str(refused.value)


def test_where_nothing_was_recorded_no_store_is_made(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["runs", f"tracking.uri=sqlite:///{tmp_path}/none.db"])
    assert "nothing was recorded here yet" in capfd.readouterr().err
    assert list(tmp_path.iterdir()) == []


@pytest.mark.slow
def test_listing_runs_imports_no_torch(run: Finished) -> None:
    calls = [["runs"], ["runs", run.run_id], ["runs", "delete", run.run_id], ["clean"]]
    program = (
        "import sys; from assay.cli import main\n"
        f"for words in {calls!r}:\n    main([*words, *sys.argv[1:]]); assert 'torch' not in sys.modules, words"
    )
    subprocess.run([sys.executable, "-c", program, *run.store], check=True, capture_output=True)
