"""`assay report` and `assay ui`: what a training's last lines tell a person to call."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import pytest

from assay.cli import main
from finished import Finished


@pytest.fixture
def run(finished_run: Finished, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Finished:
    monkeypatch.chdir(tmp_path)
    return finished_run.copied(tmp_path)


def free_port() -> int:
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        return int(bound.getsockname()[1])


@pytest.mark.slow
def test_the_newest_report_and_that_of_a_run_are_found(run: Finished, capfd: pytest.CaptureFixture[str]) -> None:
    older = run.root / "work" / ("0" * 32)
    older.mkdir()
    (older / "report.html").write_text("older")
    os.utime(older / "report.html", (1, 1))
    page = run.folder / "report.html"
    for words in ([], [run.run_id], [run.run_id[:6]]):
        main(["report", *words, *run.store])
        assert capfd.readouterr().out == f"{page}\n"
    page.unlink()
    with pytest.raises(SystemExit) as left:
        main(["report", run.run_id[:6], *run.store])
    assert left.value.code == 1
    assert f"{run.folder} holds no report.html; it was finished" in capfd.readouterr().err


def test_where_nothing_was_recorded_nothing_is_made(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    for command in ("report", "ui"):
        with pytest.raises(SystemExit) as left:
            main([command])
        assert left.value.code == 1
        assert "nothing was recorded here yet" in capfd.readouterr().err
    assert not list(tmp_path.iterdir())


@pytest.mark.slow
def test_the_ui_serves_the_runs_of_the_store_and_ends_on_ctrl_c(run: Finished) -> None:
    port = free_port()
    words = ["-c", "from assay.cli import main; main()", "ui", *run.store, f"port={port}"]
    with subprocess.Popen([sys.executable, *words], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        first = process.stdout.readline()
        asked = urllib.request.Request(
            f"http://127.0.0.1:{port}/api/2.0/mlflow/runs/search",
            json.dumps({"experiment_ids": ["1"]}).encode(),
            {"Content-Type": "application/json"},
        )
        until = time.monotonic() + 120
        while True:
            try:
                with urllib.request.urlopen(asked, timeout=5) as answer:
                    content = json.load(answer)
                break
            except OSError:
                assert time.monotonic() < until
                time.sleep(0.5)
        process.send_signal(signal.SIGINT)
        process.wait(60)
    page = f"http://127.0.0.1:{port}/#/experiments/1?workflowType=machine_learning"
    assert first == f"open {page}; Ctrl-C ends it\n"
    assert [found["info"]["run_id"] for found in content["runs"]] == [run.run_id]
