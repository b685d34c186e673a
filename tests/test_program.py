"""Commands that messages print name the program that was called."""

from __future__ import annotations

import shlex

import pytest

from assay.cli import main
from assay.program import called_as, training_command


def test_a_training_is_called_as_it_was_called() -> None:
    assert training_command(["loss=focal"]) == "assay train loss=focal"
    with called_as("python train.py"):
        assert training_command(["loss=focal"]) == "python train.py loss=focal"
        with called_as(""):
            assert training_command([]) == "assay train"
    assert training_command([]) == "assay train"


def test_words_come_back_from_a_shell_as_they_were() -> None:
    words = ["name=it's mine", "data.root=a b/$HOME", "aug=[strong,mixup]"]
    assert shlex.split(training_command(words)) == ["assay", "train", *words]


def test_the_version_is_said(capsys: pytest.CaptureFixture[str]) -> None:
    from importlib.metadata import version

    main(["--version"])
    assert capsys.readouterr().out == f"assay {version('assay')}\n"


@pytest.mark.parametrize(("ended_by", "code"), [(KeyboardInterrupt(), 130), (SystemExit(143), 143)])
def test_what_was_noted_on_the_way_is_said_at_the_end(
    ended_by: BaseException, code: int, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def end(*arguments: object) -> None:
        ended_by.add_note("run 3f2a goes on with: assay train resume=3f2a")
        raise ended_by

    monkeypatch.setattr("assay.cli.run_command", end)
    with pytest.raises(SystemExit) as left:
        main(["train"])
    assert left.value.code == code
    assert capsys.readouterr().err.splitlines()[-1] == "run 3f2a goes on with: assay train resume=3f2a"
