from __future__ import annotations

import signal
import subprocess
import sys

import pytest

from assay.cli import main
from assay.commands.catalogue import command_names


def test_without_a_command_the_commands_are_listed(capsys: pytest.CaptureFixture[str]) -> None:
    main([])
    shown = capsys.readouterr().out
    assert all(f"  {command} " in shown for command in command_names())


@pytest.mark.parametrize("module", ["assay", "assay.cli"])
def test_python_runs_the_package_as_the_command(module: str) -> None:
    shown = subprocess.run([sys.executable, "-m", module, "--version"], capture_output=True, text=True, check=True)
    assert shown.stdout.startswith("assay ")


def test_a_misspelt_command_is_answered_with_the_nearest(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as left:
        main(["trian"])
    assert left.value.code == 2
    assert "ConfigError: trian: no such command; did you mean train?" in capsys.readouterr().err


def test_every_command_explains_itself(capsys: pytest.CaptureFixture[str]) -> None:
    for command in command_names():
        main([command, "--help"])
        assert f"assay {command} [GROUP=OPTION …]" in capsys.readouterr().out


def test_a_reader_that_has_read_enough_ends_a_command_without_a_word() -> None:
    program = "from assay.cli import main; main(['train', '--help'])"
    process = subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    assert process.stdout is not None
    assert process.stderr is not None
    process.stdout.close()
    assert process.stderr.read() == b""
    assert process.wait() == 128 + signal.SIGPIPE


@pytest.mark.parametrize(
    "words",
    [
        ["runs", "hydra.sweeper.storage=postgresql://u:verysecret@db/lab"],
        ["models", "tracking.uri=mongo://u:verysecret@db/lab"],
    ],
)
def test_a_password_that_was_typed_is_in_no_error(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(words)
    said = capsys.readouterr().err
    assert "u:***@db" in said
    assert "verysecret" not in said
