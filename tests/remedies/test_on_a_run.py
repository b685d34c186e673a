"""What messages about a run, its store and its model ask to type, done on a finished run as a person would do it."""

from __future__ import annotations

import json
import re
import shlex
from pathlib import Path

import pytest

from assay.cli import main
from assay.commands.catalogue import find_command
from assay.config.check import check
from assay.config.compose import compose
from assay.errors import ConfigError, TrackingError
from assay.run.workspace import open_store
from finished import TINY, Finished
from remedies.test_runs import in_message, refusal


@pytest.fixture
def run(finished_run: Finished, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Finished:
    monkeypatch.chdir(tmp_path)
    return finished_run.copied(tmp_path / "runs")


def test_a_folder_without_runs_is_left_or_begun_in(
    run: Finished, photos: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    message = refusal(["runs"], capfd)
    (uri,) = re.findall(r"with (tracking\.uri=\S+)", message)
    main(["runs", uri.replace("FILE", f"{run.root}/mlflow.db")])
    assert run.run_id[:8] in capfd.readouterr().out
    server = re.findall(r"or (tracking=server) (tracking\.uri)=…", message)[0]
    check(compose([server[0], f"{server[1]}=http://127.0.0.1:5000"]))
    begin = in_message(message, r"assay train")
    words = [word for word in TINY if not word.lstrip("+").startswith("evaluation.")]
    main([*begin, *words, f"data.root={photos}", "evaluation=val", "finetune.epochs=1"])
    trained = re.findall(r"run ([0-9a-f]{32})", capfd.readouterr().out)[0]
    main(["runs", trained[:8]])
    assert "assay train" in capfd.readouterr().out
    again = shown_command(trained, (), capfd)
    assert compose(again).finetune.epochs == 1
    measured = in_message(refusal(["explain", f"run={trained}"], capfd), r"assay train .*evaluation=standard")
    main([*measured, "evaluation=quick"])
    assert "report   " in capfd.readouterr().out
    for page in Path("mlruns/work").glob("*/report.html"):
        page.unlink()
    missing = refusal(["report"], capfd)
    assert in_message(missing, r"assay train") == begin
    main([*in_message(missing, r"assay runs")])
    assert trained[:8] in capfd.readouterr().out
    main([*in_message(refusal(["report", trained], capfd), r"assay runs \w+")])
    assert trained[:8] in capfd.readouterr().out


def shown_command(run_id: str, store: tuple[str, ...], capfd: pytest.CaptureFixture[str]) -> list[str]:
    """The overrides of the command by which `assay runs` says that a run was made."""
    main(["runs", run_id[:8], *store, "format=json"])
    words = shlex.split(json.loads(capfd.readouterr().out)["command"])
    assert words[:2] == ["assay", "train"]
    return words[2:]


def test_a_note_says_which_command_opens_the_report(run: Finished, capfd: pytest.CaptureFixture[str]) -> None:
    note = open_store(compose(run.store)).client.get_run(run.run_id).data.tags["mlflow.note.content"]
    main([*in_message(note, r"assay report \w+"), *run.store])
    assert str(run.folder / "report.html") in capfd.readouterr().out


def test_where_nothing_was_promoted_a_run_and_a_bundle_are_asked(
    run: Finished, photos: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    picture = str(next((photos / "jade").glob("*.png")))
    message = refusal(["classify", picture, *run.store], capfd)
    by_run, by_folder = re.findall(r"model=[A-Z_]+", message)
    answered(["classify", picture, by_run.replace("RUN_ID", run.run_id), *run.store], capfd)
    promote = in_message(message, r"assay promote run=RUN_ID gate=default", RUN=run.run_id, ID="", _="")
    asked = find_command("promote").parse([word.replace("_", "") for word in promote[1:]])[0]
    assert asked.gate == "default"
    Path("no-bundle").mkdir()
    message = refusal(["classify", picture, "model=no-bundle", *run.store], capfd)
    main([*in_message(message, r"assay export run=ID output=FOLDER", ID=run.run_id, FOLDER="made"), *run.store])
    capfd.readouterr()
    answered(["classify", picture, by_folder.replace("FOLDER", "made"), *run.store], capfd)


def answered(words: list[str], capfd: pytest.CaptureFixture[str]) -> None:
    main([*words, "format=json"])
    assert '"label": "' in capfd.readouterr().out


def test_an_experiment_is_named_as_the_message_says(run: Finished) -> None:
    from assay.tracking.store import TrackingStore

    store = open_store(compose(run.store))
    with pytest.raises(TrackingError, match="no experiment was named") as caught:
        TrackingStore(store.uri, store.artifacts, work=str(store.work), experiment="").experiment_id  # noqa: B018  # is made when asked
    (word,) = re.findall(r"type (tracking\.experiment)=NAME", str(caught.value))
    assert open_store(compose([*run.store, f"{word}=pictures"])).experiment == "pictures"


def test_runs_of_a_multirun_are_read_by_the_command_that_is_named(capfd: pytest.CaptureFixture[str]) -> None:
    message = refusal(["train", "-m", "seed=0,1", "format=json", "data=elpv"], capfd)
    with pytest.raises(ConfigError, match="two runs"):
        find_command(in_message(message, r"assay compare")[0]).parse(["3f2a"])


def test_help_of_a_group_is_what_the_help_says(capfd: pytest.CaptureFixture[str]) -> None:
    main(["train", "--help"])
    main([*in_message(capfd.readouterr().out, r"assay train --help GROUP", GROUP="optimizer")])
    assert "optimizer.lr" in capfd.readouterr().out


def test_what_is_no_longer_what_was_measured_is_trained_again(run: Finished, capfd: pytest.CaptureFixture[str]) -> None:
    evidence = run.folder / "evidence.json"
    evidence.write_text(evidence.read_text().replace("macro_f1", "macro_f2"))
    message = refusal(["export", f"run={run.run_id}", *run.store], capfd)
    assert in_message(message, r"assay train") == ["train"]
    check(compose(shown_command(run.run_id, run.store, capfd)))


def test_a_run_that_was_interrupted_goes_on_as_it_is_said(
    photos: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    def interrupted(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.chdir(tmp_path)
    words = [word for word in TINY if not word.lstrip("+").startswith("evaluation.")]
    with monkeypatch.context() as patched:
        patched.setattr("assay.models.training.train_stage", interrupted)
        with pytest.raises(SystemExit) as left:
            main(["train", *words, f"data.root={photos}", "evaluation=val", "finetune.epochs=1"])
    assert left.value.code == 130
    main(in_message(capfd.readouterr().err, r"assay train resume=\w+"))
    assert "measured on val alone" in capfd.readouterr().out
