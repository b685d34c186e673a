"""A command that nobody told which dataset to take says which one it takes."""

from __future__ import annotations

from pathlib import Path

import pytest

from assay.cli import main
from assay.commands.catalogue import command_names, find_command

NOT_THERE = "synthetic=nowhere"
SAID = "no data= was typed, so this is data=elpv: 2,624 solar cells"


def test_every_command_on_the_dataset_of_the_config_says_which_it_is() -> None:
    named = {name for name in command_names() if find_command(name).on_dataset}
    assert named == {"audit", "embed", "preview", "fidelity"}


def test_a_person_without_data_is_told_what_is_taken_and_how_to_take_his_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(SystemExit):
        main(["fidelity", NOT_THERE])
    shown = capsys.readouterr()
    assert SAID in shown.err
    assert "data=folder data.root=DIR" in shown.err
    assert not shown.out


@pytest.mark.parametrize("word", ["data=elpv", "data.task=binary", "++data.task=binary", "experiment=exposr"])
def test_who_names_the_dataset_is_not_told(
    word: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(SystemExit):
        main(["fidelity", word, NOT_THERE])
    assert "was typed" not in capsys.readouterr().err
