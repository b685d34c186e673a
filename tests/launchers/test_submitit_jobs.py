"""Jobs of submitit, on this machine and on a cluster that is put on: what they give, and one that dies."""

from __future__ import annotations

import os
import time
from functools import partial
from pathlib import Path

import pytest

from assay.launchers.elsewhere import elsewhere
from assay.launchers.running import WorkerLostError
from fake_slurm import write_slurm
from launched_jobs import killed, squared

pytestmark = pytest.mark.slow
pytest.importorskip("submitit", reason="an extra of Assay")


@pytest.mark.parametrize(("launcher", "settings"), [("submitit_local", {}), ("submitit_slurm", {"gpus_per_node": 0})])
def test_jobs_give_what_they_give_and_one_that_dies_is_told_with_its_log(
    launcher: str, settings: dict[str, int], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_slurm(tmp_path)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    monkeypatch.setenv(
        "PYTHONPATH", os.pathsep.join([str(Path(__file__).parents[1]), os.environ.get("PYTHONPATH", "")])
    )
    asked = elsewhere(launcher, 2, settings, tmp_path / "logs" / "%j")
    assert asked.at_once(1)[0] == 1
    first, second = asked.start([partial(squared, 3), killed])
    deadline = time.monotonic() + 120
    while not (first.done() and second.done()):
        assert time.monotonic() < deadline
        time.sleep(0.05)
    assert first.result() == 9
    with pytest.raises(WorkerLostError, match=r"ended without an answer, state .*; see .*logs"):
        second.result()
