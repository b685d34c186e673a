"""A study in a real PostgreSQL server, started from the system's own binaries."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import optuna
import pytest

from assay.database.url import with_driver
from assay.errors import ConfigError
from assay.sweep.search_space import read_space
from assay.sweep.settings import SweepSettings
from assay.sweep.study import open_study

FAKE = Path(__file__).with_name("fake.py")
SPACE = ["optimizer.lr=tag(log,interval(1e-3,1))", "loss=choice(focal,cross_entropy)"]


def start(folder: Path, url: str) -> subprocess.Popen[str]:
    words = ["-m", "hydra/sweeper=optuna", "hydra/sweeper/sampler=random", *SPACE, "name=hang"]
    words += ["hydra.sweeper.n_trials=6", "hydra.sweeper.study_name=s", f"hydra.sweeper.storage={url}"]
    command = [sys.executable, str(FAKE), *words]
    return subprocess.Popen(command, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


@pytest.mark.slow
def test_two_workers_that_share_no_folder_share_a_study_and_one_that_is_killed_is_taken_up_again(
    postgresql: str, tmp_path: Path, store_in: Callable[[Path], Path]
) -> None:
    for name in ("one", "other"):
        store_in(tmp_path / name / "mlruns")
    workers = {name: start(tmp_path / name, postgresql) for name in ("one", "other")}
    while not (hung := list(tmp_path.glob("*/hung.txt"))):
        for worker in workers.values():
            assert worker.poll() in (None, 0), worker.communicate()[1]
        time.sleep(0.05)
    name = hung[0].parent.name
    workers[name].send_signal(signal.SIGKILL)
    workers.pop(name).communicate()
    for worker in workers.values():
        err = worker.communicate(timeout=300)[1]
        assert worker.returncode == 0, err
    out, err = start(tmp_path / name, postgresql).communicate(timeout=300)
    assert "s: 6 complete of 6 trials" in out, err
    study = optuna.load_study(study_name="s", storage=with_driver(postgresql))
    complete = [trial for trial in study.trials if trial.state.name == "COMPLETE"]
    ran = [line.split() for path in tmp_path.glob("*/ran.txt") for line in path.read_text().splitlines()]
    assert len(complete) == 6
    assert sorted(int(line[0]) for line in ran) == [trial.number for trial in study.trials], "no number twice"
    assert len({str(trial.params) for trial in complete}) == 6, "nothing is drawn twice"
    assert study.trials[4].state.name == "FAIL"
    assert sum(trial.params == study.trials[4].params for trial in complete) == 1


def test_whoever_draws_holds_the_study_alone_wherever_its_folder_is(
    postgresql: str, tmp_path: Path, configured: Callable[..., SweepSettings]
) -> None:
    asked, space = configured(storage=postgresql, n_trials=5), read_space(SPACE)
    with open_study("t", space, asked, tmp_path / "one") as one, open_study("t", space, asked, tmp_path / "two") as two:
        points = []
        for study in (one, two, two, one, two, one):
            if trial := study.next_trial():
                points.append(str(trial.point))
                study.succeeded(trial, [0.5])
        assert len(points) == len(set(points)) == 5
        with one._one_worker_at_a_time(), one._storage._backend.engine.connect() as other:  # type: ignore[attr-defined]
            from sqlalchemy import text

            held = other.execute(text("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND granted")).scalar()
        assert held == 1


def test_a_server_that_does_not_answer_is_named_without_its_password(
    tmp_path: Path, configured: Callable[..., SweepSettings]
) -> None:
    asked = configured(storage="postgresql://me:secret@127.0.0.1:1/none")
    with (
        pytest.raises(
            ConfigError, match=r"postgresql://me:\*\*\*@127.0.0.1:1/none: this database cannot be op"
        ) as caught,
        open_study("s", read_space(SPACE), asked, tmp_path),
    ):
        pass
    assert "refused" in str(caught.value)
    assert "secret" not in str(caught.value)
