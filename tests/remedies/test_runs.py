"""Commands that messages about runs, bundles and the system ask for do what they say, typed as they are printed."""

from __future__ import annotations

import errno
import re
import resource
import shlex
import subprocess
from pathlib import Path

import pytest

from assay.cli import main
from assay.commands.catalogue import find_command
from assay.errors import AssayError
from assay.failures import message_of
from finished import Finished


@pytest.fixture
def run(finished_run: Finished, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Finished:
    monkeypatch.chdir(tmp_path)
    return finished_run.copied(tmp_path)


def refusal(words: list[str], capfd: pytest.CaptureFixture[str]) -> str:
    with pytest.raises(SystemExit) as left:
        main(words)
    assert left.value.code in (1, 2)
    return capfd.readouterr().err


def in_message(message: str, pattern: str, **placeholders: str) -> list[str]:
    """The words of a command as a message prints it, with what stands for something of the person's filled in."""
    printed = re.search(pattern, message)
    assert printed is not None, message
    words = shlex.split(printed[0])
    assert words[0] == "assay"
    filled = [re.sub(r"[A-Z]{2,}|…", lambda match: placeholders[match[0]], word) for word in words[1:]]
    return [word for word in filled if word]


def test_a_bundle_is_made_where_there_was_none(run: Finished, capfd: pytest.CaptureFixture[str]) -> None:
    import assay

    Path("empty").mkdir()
    with pytest.raises(AssayError) as caught:
        assay.load("empty")
    words = in_message(str(caught.value), r"assay export run=ID output=FOLDER", ID=run.run_id[:8], FOLDER="bundle")
    main([*words, *run.store])
    capfd.readouterr()
    assert assay.load("bundle").class_names == ("amber", "jade", "onyx")
    message = refusal(["bench", "bundle=nowhere", *run.store], capfd)
    other = in_message(message, r"assay export run=…", **{"…": run.run_id[:8]})
    assert find_command("export").parse(other[1:])[0].run == run.run_id[:8]


def test_a_run_is_deleted_by_the_command_that_is_printed(run: Finished, capfd: pytest.CaptureFixture[str]) -> None:
    assert "assay runs delete RUN …" in refusal(["runs", run.run_id[:8], "delete"], capfd)
    main([*in_message("assay runs delete RUN …", r".*", RUN=run.run_id[:8], **{"…": ""}), *run.store])
    printed = in_message(capfd.readouterr().out, r"assay runs delete [0-9a-f]+ --yes")
    main([*printed, *run.store])
    assert "deleted: 1 run" in capfd.readouterr().out
    assert "is deleted" in refusal(["runs", run.run_id[:8], *run.store], capfd)


def test_a_list_of_runs_is_shown_where_a_report_is_missing(run: Finished, capfd: pytest.CaptureFixture[str]) -> None:
    (run.folder / "report.html").unlink()
    message = refusal(["report", *run.store], capfd)
    main([*in_message(message, r"assay runs\b"), *run.store])
    assert run.run_id[:8] in capfd.readouterr().out


def test_a_run_whose_division_is_kept_is_listed(run: Finished, capfd: pytest.CaptureFixture[str]) -> None:
    message = refusal(["train", "data=elpv", "data.division=elpv@champion"], capfd)
    main([*in_message(message, r"assay runs\b"), *run.store])
    assert run.run_id[:8] in capfd.readouterr().out


def test_a_comparison_needs_two_runs(run: Finished, capfd: pytest.CaptureFixture[str]) -> None:
    message = refusal(["compare", run.run_id[:8]], capfd)
    words = in_message(message, r"assay compare RUN RUN …", RUN=run.run_id[:8], **{"…": ""})
    assert "compare" in words
    assert "one and the same" in refusal([*words, *run.store], capfd) or words.count(run.run_id[:8]) == 2


def test_what_makes_room_is_listed(run: Finished, capfd: pytest.CaptureFixture[str]) -> None:
    full = message_of(OSError(errno.ENOSPC, "No space left on device", "x"))
    main([*in_message(str(full), r"assay clean"), *run.store])
    assert run.folder.exists()
    assert capfd.readouterr().out


def test_a_shell_allows_more_open_files() -> None:
    message = message_of(OSError(errno.EMFILE, "Too many open files", "x"))
    command = re.search(r"ulimit -n \d+", str(message))
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard != resource.RLIM_INFINITY and hard < 4096:
        pytest.skip("this system allows no more")
    done = subprocess.run(
        ["sh", "-c", f"ulimit -S -n 64; {command[0]} && ulimit -n"], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "4096"


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_a_shell_gets_its_completion(shell: str, capfd: pytest.CaptureFixture[str]) -> None:
    main([])
    assert "assay completion bash" in capfd.readouterr().out
    message = refusal(["completion"], capfd)
    assert "assay completion bash" in message
    main(["completion", shell])
    assert "assay completion --line" in capfd.readouterr().out
