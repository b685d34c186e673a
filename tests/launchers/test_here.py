"""Jobs in processes of this machine: what they give comes back, and one that dies is told from one that answers."""

from __future__ import annotations

import subprocess
import sys
import time
from functools import partial
from pathlib import Path

import pytest

from assay.launchers.here import start_here
from assay.launchers.running import Running, WorkerLostError
from launched_jobs import killed, squared, unloads_slowly, waits

DRIVER = """
import sys, time
from functools import partial
sys.path.insert(0, sys.argv[1])
from assay.launchers.here import start_here
from launched_jobs import waits
if __name__ == "__main__":
    start_here([partial(waits, sys.argv[2])])
    time.sleep(600)
"""


def ended(running: Running) -> Running:
    deadline = time.monotonic() + 120
    while not running.done():
        assert time.monotonic() < deadline
        time.sleep(0.02)
    return running


def noted_in(path: Path) -> int:
    deadline = time.monotonic() + 120
    while not path.exists():
        assert time.monotonic() < deadline
        time.sleep(0.02)
    return int(path.read_text())


def lives(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def test_jobs_give_what_they_give_and_one_that_is_killed_takes_no_other_with_it() -> None:
    first, second, third = start_here([partial(squared, 3), killed, partial(squared, 4)])
    assert (ended(first).result(), ended(third).result()) == (9, 16)
    with pytest.raises(WorkerLostError, match=r"process \d+ ended without an answer \(SIGKILL\)"):
        ended(second).result()


def test_a_job_ends_when_it_is_asked_to(tmp_path: Path) -> None:
    (running,) = start_here([partial(waits, str(tmp_path / "pid"))])
    pid = noted_in(tmp_path / "pid")
    running.stop()
    assert not lives(pid)


def test_a_job_that_is_asked_to_end_closes_what_it_has_open_and_does_not_wait_for_its_libraries(tmp_path: Path) -> None:
    (running,) = start_here([partial(unloads_slowly, str(tmp_path / "pid"), str(tmp_path / "closed"))])
    noted_in(tmp_path / "pid")
    asked = time.monotonic()
    running.stop()
    assert time.monotonic() - asked < 10
    assert (tmp_path / "closed").exists()


def test_a_job_ends_with_who_started_it_however_that_went(tmp_path: Path) -> None:
    program = tmp_path / "driver.py"
    program.write_text(DRIVER)
    command = [sys.executable, str(program), str(Path(__file__).parents[1]), str(tmp_path / "pid")]
    with subprocess.Popen(command) as driver:
        pid = noted_in(tmp_path / "pid")
        assert lives(pid)
        driver.kill()
    deadline = time.monotonic() + 60
    while lives(pid):
        assert time.monotonic() < deadline
        time.sleep(0.05)
