"""Multiruns in other processes, through the real door: jobs that train nothing, and real trainings."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from assay.evaluation.evidence import Evidence
from fake_slurm import write_slurm

pytestmark = pytest.mark.slow

FAKE = Path(__file__).with_name("fake.py")
TRAIN = Path(__file__).parents[3] / "train.py"
SMALL = ["debug=tiny", "trainer.accelerator=cpu", "data=folder", "data.image_size=48", "ood=none", "reject=none"]
SMALL += ["calibration=none", "evaluation.figures=false"]


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory, store_in: Callable[[Path], Path]) -> Path:
    """A folder with one store for all tests."""
    return store_in(tmp_path_factory.mktemp("multirun") / "mlruns").parent


def start(folder: Path, *words: str, program: Path = FAKE, path: str = "") -> subprocess.Popen[str]:
    for stale in [*folder.glob("noted-*"), *folder.glob("hung-*")]:
        stale.unlink()
    environment = {**os.environ, "PATH": f"{path}:{os.environ['PATH']}"} if path else None
    command = [sys.executable, str(program), "-m", *words]
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
    return subprocess.Popen(command, cwd=folder, env=environment, start_new_session=True, **pipes)  # type: ignore[call-overload, no-any-return]


def run(folder: Path, *words: str, code: int = 0, **how: Any) -> tuple[str, str]:
    process = start(folder, *words, **how)
    out, err = process.communicate(timeout=300)
    assert process.returncode == code, err
    return out, err


def runs(folder: Path) -> tuple[Any, list[Any]]:
    """The newest parent, and its children in the order of their seeds."""
    from mlflow import MlflowClient

    client = MlflowClient(f"sqlite:///{folder}/mlruns/mlflow.db")
    found = client.search_runs([client.search_experiments()[0].experiment_id])
    parent = next(each for each in found if "mlflow.parentRunId" not in each.data.tags)
    children = [each for each in found if each.data.tags.get("mlflow.parentRunId") == parent.info.run_id]
    return parent, sorted(children, key=lambda child: child.data.params.get("seed", ""))


def needs(launcher: str) -> None:
    package = {"joblib": "hydra_plugins.hydra_joblib_launcher", "ray": "ray"}
    pytest.importorskip(package.get(launcher, "hydra_plugins.hydra_submitit_launcher"), reason="an extra of Assay")


def noted(folder: Path, seed: int) -> dict[str, Any]:
    return dict(json.loads((folder / f"noted-{seed}.json").read_text()))


def test_a_job_that_fails_is_named_when_the_others_have_finished(place: Path) -> None:
    needs("joblib")
    _, err = run(place, "hydra/launcher=joblib", "hydra.launcher.n_jobs=2", "name=bad", "seed=0,1,2", code=1)
    said = err[err.index("StudyError: ") :].splitlines()
    assert said[0].startswith("StudyError: 1 of 3 jobs failed")
    assert said[1:] == ["  job 2 (seed=1): UnpicklableError: this and that"]
    assert "Traceback" not in err
    about = [noted(place, seed) for seed in range(3)]
    assert len({job["pid"] for job in about}) == 2
    assert {job["OMP_WAIT_POLICY"] for job in about} == {"passive"}
    assert not any(job["torch"] for job in about), "threads have to be settled before torch is imported"
    expected = os.environ.get("OMP_NUM_THREADS") or str(max(1, len(os.sched_getaffinity(0)) // 2))
    assert {job["OMP_NUM_THREADS"] for job in about} == {expected}


def test_a_process_that_dies_takes_no_other_with_it(place: Path) -> None:
    needs("submitit_local")
    _, err = run(place, "hydra/launcher=submitit_local", "name=dies", "seed=0,1", code=1)
    assert "1 of 2 jobs failed" in err
    assert "  job 2 (seed=1): ended without an answer" in err
    assert "job 1 finished" in err


def test_ctrl_c_ends_the_jobs_and_the_record_says_so(place: Path) -> None:
    needs("joblib")
    process = start(place, "hydra/launcher=joblib", "hydra.launcher.n_jobs=2", "name=hang", "seed=0,1")
    while len(list(place.glob("hung-*"))) < 2:
        assert process.poll() is None, process.communicate()[1]
        time.sleep(0.05)
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=120)
    assert process.returncode == 130
    parent, children = runs(place)
    assert [child.info.status for child in children] == ["KILLED", "KILLED"]
    assert parent.info.status == "KILLED"
    for seed in (0, 1):
        assert not Path(f"/proc/{noted(place, seed)['pid']}").exists()


def test_slurm_is_asked_for_what_the_config_says_and_its_jobs_come_back(place: Path, tmp_path: Path) -> None:
    needs("submitit_slurm")
    write_slurm(tmp_path)
    words = ["partition=gpu", "gpus_per_node=2", "cpus_per_task=4", "mem_gb=32", "timeout_min=90"]
    options = [*(f"hydra.launcher.{word}" for word in words), "hydra.launcher.setup=[module load cuda]"]
    _, err = run(place, "hydra/launcher=submitit_slurm", *options, "name=bad", "seed=0,1", code=1, path=str(tmp_path))
    assert "job 2 (seed=1): UnpicklableError: this and that" in err
    submitted = (place / "submitted.sh").read_text().splitlines()
    asked = {line.removeprefix("#SBATCH --") for line in submitted if line.startswith("#SBATCH")}
    assert {"array=0-1%2", "partition=gpu", "gpus-per-node=2", "cpus-per-task=4", "mem=32G", "time=90"} <= asked
    assert {"nodes=1", "ntasks-per-node=1"} <= asked
    assert submitted.index("module load cuda") < next(n for n, line in enumerate(submitted) if line.startswith("srun"))


def test_without_a_cluster_slurm_is_refused_before_anything_starts(tmp_path: Path) -> None:
    needs("submitit_slurm")
    _, err = run(tmp_path, "hydra/launcher=submitit_slurm", "seed=0,1", code=2)
    assert err.startswith("ConfigError: hydra/launcher=submitit_slurm: there is no sbatch here")
    assert list(tmp_path.iterdir()) == []


def test_a_trial_in_another_process_reports_to_its_sweep_and_is_stopped(place: Path) -> None:
    needs("submitit_local")
    words = ["hydra/sweeper=optuna", "hydra/sweeper/sampler=grid", "hydra/sweeper/pruner=median"]
    words += ["hydra.sweeper.pruner.n_startup_trials=1", "hydra.sweeper.pruner.n_warmup_steps=0"]
    words += ["optimizer.lr=choice(0.1,0.5)", "hydra.sweeper.seed=0", "hydra/launcher=submitit_local"]
    out, err = run(place, *words)
    assert "1 complete, 1 pruned of 2 trials" in out, err
    assert "run of 0" in out


@pytest.fixture(scope="module")
def here(photos: Path, place: Path) -> dict[str, float]:
    """Numbers of seed 0, trained in this process."""
    from assay.config.compose import compose
    from assay.run.train import train

    before = Path.cwd()
    os.chdir(place)
    try:
        return numbers(train(compose([*SMALL, f"data.root={photos}", "seed=0"])).evidence)
    finally:
        os.chdir(before)


def numbers(evidence: Evidence) -> dict[str, float]:
    return {name: value for name, value in evidence.flat().items() if not name.startswith("cost/latency")}


@pytest.mark.parametrize("launcher", ["joblib", "ray"])
def test_trainings_elsewhere_give_the_same_numbers_and_have_one_parent(
    photos: Path, place: Path, here: dict[str, float], launcher: str
) -> None:
    needs(launcher)
    words = ["hydra.launcher.num_cpus=2"] if launcher == "ray" else ["hydra.launcher.n_jobs=2"]
    run(place, f"hydra/launcher={launcher}", *words, *SMALL, f"data.root={photos}", "seed=0,1", program=TRAIN)
    parent, children = runs(place)
    assert parent.info.status == "FINISHED"
    assert parent.data.tags["assay.children"] == "2 FINISHED"
    assert [child.data.params["seed"] for child in children] == ["0", "1"]
    first, second = (
        numbers(Evidence.load(place / "mlruns" / "work" / child.info.run_id / "evidence.json")) for child in children
    )
    assert first == here
    assert second != here
