"""Further processes of one command, with programs that cost nothing."""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path

import psutil
import pytest

from assay.errors import ConfigError
from assay.sweep.worker_processes import Worker, WorkerProcesses, this_worker, worker_command

SAYS_WHO = (
    "import os, sys\nfrom assay.sweep.worker_processes import this_worker\nworker = this_worker()\n"
    "worker.say(f'{worker.number} {worker.is_left_alone} {os.environ[\"SHARE\"]} {this_worker().number}')\n"
    "sys.exit(worker.number)"
)


def test_workers_know_who_they_are_and_are_heard_twice(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    with WorkerProcesses([sys.executable, "-c", SAYS_WHO], [{"SHARE": "a"}, {"SHARE": "b"}], tmp_path) as processes:
        ended = []
        while found := processes.wait():
            ended += found
    assert sorted((each.number, each.code) for each in ended) == [(1, 1), (2, 2)]
    assert sorted(capfd.readouterr().err.splitlines()) == ["worker 1: 1 False a 0", "worker 2: 2 False b 0"]
    assert (tmp_path / "worker-2.log").read_text() == "2 False b 0\n"
    assert str(max(ended, key=lambda each: each.number)) == (
        f"worker 2 ended with code 2; {tmp_path}/worker-2.log ends: 2 False b 0"
    )


def test_none_is_left_when_the_first_is_interrupted(tmp_path: Path) -> None:
    program = f"import os, time; open(f'{tmp_path}/{{os.getpid()}}.pid', 'w'); time.sleep(600)"

    def interrupted() -> None:
        with WorkerProcesses([sys.executable, "-c", program], [{}, {}], tmp_path):
            while len(list(tmp_path.glob("*.pid"))) < 2:
                time.sleep(0.02)
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    assert not any(psutil.pid_exists(int(path.stem)) for path in tmp_path.glob("*.pid"))


def test_a_worker_that_was_killed_is_named_with_its_signal(tmp_path: Path) -> None:
    with WorkerProcesses([sys.executable, "-c", "import os; os.kill(os.getpid(), 9)"], [{}], tmp_path) as processes:
        (ended,) = processes.wait()
    assert str(ended).startswith("worker 1 was killed (SIGKILL), and the trial that it had is tried again; see ")


def test_the_command_of_a_worker_is_that_of_the_first_with_more_behind_its_overrides() -> None:
    started = ["python3", "train.py", "-m", "seed=1", "name='a b'", "--config-dir", "mine"]
    command = worker_command(started, ["seed=1", "name='a b'"], ["hydra.sweeper.workers=1"])
    assert command == [
        sys.executable, "train.py", "-m", "seed=1", "name='a b'", "hydra.sweeper.workers=1", "--config-dir", "mine"
    ]  # fmt: skip


def test_a_sweep_within_another_program_has_no_command() -> None:
    with pytest.raises(ConfigError, match="started from within another program"):
        worker_command(["python3", "notebook.py"], ["seed=1"], [])


def test_a_process_that_nobody_started_as_a_worker_is_none() -> None:
    assert this_worker().number == 0
    assert not this_worker().is_left_alone


def test_a_worker_sees_that_its_first_process_is_gone() -> None:
    assert not Worker(1, first=os.getppid()).is_left_alone
    assert Worker(1, first=999999999).is_left_alone
