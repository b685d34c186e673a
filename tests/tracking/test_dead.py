from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import Callable

import pytest

from assay.tracking.process import is_gone, process_tags
from assay.tracking.store import TrackingStore

Status = Callable[[str], tuple[str, str | None]]

WORKING = """
import sys, time
from assay.tracking.store import TrackingStore

store = TrackingStore(sys.argv[1], work=sys.argv[2])
parent = store.start_parent("sweep", "the key")
with store.start_run("child", parent=parent) as run:
    print(parent, run.run_id, flush=True)
    time.sleep(60)
"""


def test_after_kill_9_the_next_start_marks_the_run_and_its_parent_and_the_run_can_be_resumed(
    store: TrackingStore, status: Status, python: Callable[..., subprocess.Popen[str]]
):
    store.check()
    process = python(WORKING, store.uri, store.work)
    parent, child = process.stdout.readline().split()
    assert store.mark_dead_runs() == []
    process.kill()
    process.wait()
    assert status(child) == ("RUNNING", None)

    assert store.mark_dead_runs() == [child, parent]
    state, said = status(child)
    assert state == "KILLED"
    assert f"process {process.pid}" in said
    assert status(parent)[0] == "KILLED"

    with store.resume_run(child) as again:
        assert again.run_id == child
    assert status(child) == ("FINISHED", None)


def test_sigterm_leaves_a_killed_run_and_the_exit_code_that_a_shell_expects(
    store: TrackingStore, status: Status, python: Callable[..., subprocess.Popen[str]]
):
    store.check()
    process = python(WORKING, store.uri, store.work)
    _, child = process.stdout.readline().split()
    process.send_signal(signal.SIGTERM)
    assert process.wait(30) == 128 + signal.SIGTERM
    assert status(child) == ("KILLED", "Terminated: SIGTERM")


def test_a_run_that_was_killed_can_be_resumed_before_it_is_marked(store: TrackingStore, status: Status):
    run = store.start_run("r")
    run.set_tags({"assay.pid": dead_process()})
    with store.resume_run(run.run_id):
        assert store.mark_dead_runs() == []
    assert status(run.run_id) == ("FINISHED", None)


def test_a_run_of_this_process_or_of_another_machine_is_left_alone(store: TrackingStore, status: Status):
    here, elsewhere = store.start_run("here"), store.start_run("elsewhere")
    elsewhere.set_tags({"assay.machine": "0" * 16, "assay.pid": dead_process()})
    assert store.mark_dead_runs() == []
    assert status(here.run_id)[0] == status(elsewhere.run_id)[0] == "RUNNING"


def test_a_process_id_that_came_round_again_is_another_process():
    ours = process_tags()
    assert not is_gone(ours)
    assert is_gone({**ours, "assay.process_started": str(float(ours["assay.process_started"]) - 3600)})


@pytest.mark.parametrize("tags", [{}, {"assay.pid": "1"}, {"assay.pid": "x", "assay.machine": "y"}])
def test_a_process_that_cannot_be_judged_counts_as_alive(tags: dict[str, str]):
    assert not is_gone(tags)


def dead_process() -> int:
    child = os.fork()
    if not child:
        os._exit(0)
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    return child
