"""Killed wherever anything looks at the clock, and taken up by another: the same is left, each step done once."""

from __future__ import annotations

import multiprocessing
import shutil
import signal

import pytest
from sqlalchemy import select

from assay.retraining.rows import attempts, runs
from assay.store.service_store import ServiceStore
from assay.store.tables import TRAIL
from assay.store.trail import trail_findings
from killed_retraining import go_on, retrain


def left(folder):
    """What a retraining has left: its row, results, files, lines of the trail."""
    with ServiceStore(f"sqlite:///{folder}/service.db") as store, store.reading() as connection:
        (run,) = runs(connection)
        done = sorted((each.step, each.result) for each in attempts(connection, run.id) if each.state == "done")
        lines = connection.scalars(select(TRAIL.c.kind).order_by(TRAIL.c.number)).all()
        assert trail_findings(connection) == []
    files = {path.name: path.read_text() for path in (folder / "runs" / "20260302T020000.000Z").iterdir()}
    return (run.slot, run.state, run.verdict), done, files, lines


def killed_at(folder, look):
    """Whether a process was killed at its n-th look, and did not come to its end before."""
    folder.mkdir()
    shutil.copy(folder.parent / "service.db", folder)
    process = multiprocessing.get_context("fork").Process(target=retrain, args=(folder, look))
    process.start()
    process.join()
    assert process.exitcode in (-signal.SIGKILL, 3)
    return process.exitcode == -signal.SIGKILL


@pytest.mark.slow
def test_a_run_that_is_killed_anywhere_and_taken_up_leaves_what_one_leaves_that_is_not(tmp_path):
    ServiceStore(f"sqlite:///{tmp_path}/service.db").close()
    assert not killed_at(tmp_path / "whole", 0)
    whole = left(tmp_path / "whole")
    assert whole[0] == ("2026-03-02T02:00:00.000Z", "done", "promoted")
    assert whole[3] == ["retraining started", "retraining verdict", "retraining ended"]
    look = 1
    while killed_at(folder := tmp_path / str(look), look):
        go_on(folder)
        assert left(folder) == whole, look
        look += 1
    assert look > 15, "so many places there are"
