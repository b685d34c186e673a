"""What DBOS does when it is killed, put to sleep, started twice, and when the clocks of Berlin are set back.

Needs an environment of its own: `python -m venv trial && trial/bin/pip install dbos cronsim`, then
`trial/bin/python experiments/retrain_schedule/dbos_trial.py FOLDER`. Each case is a process of its own (`worker`) with
one workflow of three steps, which writes a line into a file whenever a step really runs.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from datetime import UTC, datetime
from pathlib import Path


def worker(folder: Path, executor: str, begin: bool, middle: float) -> None:
    """Run, or wait for, the workflow "slot-1"; the step in the middle takes `middle` seconds."""
    from dbos import DBOS, DBOSConfig, SetWorkflowID

    config: DBOSConfig = {
        "name": "trial",
        "system_database_url": f"sqlite:///{folder}/dbos.sqlite",
        "executor_id": executor,
        "application_version": "1",
    }
    DBOS(config=config)

    def note(text: str) -> None:
        with (folder / "steps.log").open("a") as log:
            log.write(f"{text} {executor} {os.getpid()}\n")

    @DBOS.step()
    def collect() -> str:
        note("collect")
        return "manifest"

    @DBOS.step()
    def train() -> str:
        note("train-begun")
        time.sleep(middle)
        note("train-done")
        return f"model of {os.getpid()}"

    @DBOS.step()
    def promote(model: str) -> str:
        note(f"promote {model}")
        return model

    @DBOS.workflow()
    def retrain() -> str:
        collect()
        return promote(train())

    DBOS.launch()
    if begin:
        with SetWorkflowID("slot-1"):
            DBOS.start_workflow(retrain)
    try:
        print(executor, "result:", DBOS.retrieve_workflow("slot-1").get_result(), flush=True)
    except Exception as error:
        print(executor, "error:", type(error).__name__, error, flush=True)


def start(folder: Path, executor: str, begin: bool, middle: float) -> subprocess.Popen[str]:
    words = [sys.executable, __file__, str(folder), "worker", executor, str(int(begin)), str(middle)]
    return subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)


def until(folder: Path, text: str, seconds: float = 30) -> bool:
    """Wait until a step has written a line; False where it never does."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        log = folder / "steps.log"
        if log.exists() and text in log.read_text():
            return True
        time.sleep(0.05)
    return False


def result(process: subprocess.Popen[str], seconds: float) -> str:
    try:
        return process.communicate(timeout=seconds)[0].strip()
    except subprocess.TimeoutExpired:
        process.kill()
        return f"nothing after {seconds:g} s"


def log_of(folder: Path) -> str:
    return " | ".join((folder / "steps.log").read_text().split("\n")[:-1])


def main(top: Path) -> None:
    def case(name: str) -> Path:
        folder = top / name
        folder.mkdir(parents=True)
        return folder

    folder = case("kill_in_a_step")
    first = start(folder, "a", True, 60)
    until(folder, "train-begun")
    os.kill(first.pid, signal.SIGKILL)
    first.wait()
    print("1 kill -9 in a step, same executor again:", result(start(folder, "a", False, 0.2), 40))
    print("  ", log_of(folder))

    folder = case("other_executor")
    first = start(folder, "a", True, 60)
    until(folder, "train-begun")
    os.kill(first.pid, signal.SIGKILL)
    first.wait()
    print("2 kill -9, another executor looks:", result(start(folder, "b", False, 0.2), 40))
    print("  ", log_of(folder))

    folder = case("same_executor_twice")
    first = start(folder, "a", True, 12)
    until(folder, "train-begun")
    second = start(folder, "a", False, 0.2)
    print("3 a second process of the same name while the first works:", result(second, 40))
    print("   first:", result(first, 40))
    print("  ", log_of(folder))

    folder = case("asleep")
    first = start(folder, "a", True, 1)
    until(folder, "train-begun")
    os.kill(first.pid, signal.SIGSTOP)
    second = start(folder, "a", False, 0.2)
    print("4 the first sleeps, a second of its name ends the workflow:", result(second, 40))
    os.kill(first.pid, signal.SIGCONT)
    print("   the first wakes:", result(first, 40))
    print("  ", log_of(folder))

    from zoneinfo import ZoneInfo

    from croniter import croniter

    slots = croniter("30 2 * * *", datetime(2026, 10, 23, 12, tzinfo=UTC).astimezone(ZoneInfo("Europe/Berlin")))
    shown = [f"{slots.get_next(datetime).astimezone(UTC):%d %H:%M}" for _ in range(4)]
    print("5 02:30 daily in Berlin, October 2026, UTC, by croniter, which DBOS schedules with:", shown)


if __name__ == "__main__":
    if sys.argv[2:3] == ["worker"]:
        worker(Path(sys.argv[1]), sys.argv[3], sys.argv[4] == "1", float(sys.argv[5]))
    else:
        main(Path(sys.argv[1]).absolute())
