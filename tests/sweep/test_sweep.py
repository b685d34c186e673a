"""Sweeps through Hydra's door: with a job that costs nothing, and with real training."""

from __future__ import annotations

import json
import os
import signal
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import optuna
import psutil
import pytest
from optuna.storages import JournalStorage
from optuna.storages.journal import JournalFileBackend

from assay.sweep.storage import JOURNAL

FAKE = Path(__file__).with_name("fake.py")
TRAIN = Path(__file__).parents[2] / "train.py"
SPACE = ["optimizer.lr=tag(log,interval(1e-3,1))", "loss=choice(focal,cross_entropy)"]
RANDOM = ["-m", "hydra/sweeper=optuna", "hydra/sweeper/sampler=random", *SPACE]


@pytest.fixture
def start(begin: Callable[..., Any]) -> Callable[..., Any]:
    return lambda folder, *words, program=FAKE: begin(program, words, folder)


@pytest.fixture
def run(start: Callable[..., Any]) -> Callable[..., tuple[str, str]]:
    def through(folder: Path, *words: str, program: Path = FAKE, code: int = 0) -> tuple[str, str]:
        process = start(folder, *words, program=program)
        out, err = process.communicate(timeout=300)
        assert process.returncode == code, err
        return out, err

    return through


def ran(folder: Path) -> list[tuple[int, str, str]]:
    """Number, rate and loss of each job that was started."""
    lines = [line.split() for line in (folder / "ran.txt").read_text().splitlines()]
    return [(int(number), rate, loss) for number, rate, loss, _ in lines]


def parent(folder: Path):  # type: ignore[no-untyped-def]
    from mlflow import MlflowClient

    client = MlflowClient(f"sqlite:///{folder}/mlruns/mlflow.db")
    runs = client.search_runs([client.search_experiments()[0].experiment_id])
    (found,) = [each for each in runs if "mlflow.parentRunId" not in each.data.tags]
    return found, [each for each in runs if each is not found]


@pytest.fixture
def folder(tmp_path: Path, store_in: Callable[[Path], Path]) -> Path:
    """An empty one, but for a store without runs."""
    return store_in(tmp_path / "mlruns").parent


@pytest.mark.slow
def test_a_sweep_killed_in_a_trial_goes_on_as_if_nothing_had_happened(
    start, run, tmp_path: Path, store_in: Callable[[Path], Path]
) -> None:
    words = [*RANDOM, "hydra.sweeper.n_trials=9", "hydra.sweeper.study_name=s"]
    whole, killed = (store_in(tmp_path / name / "mlruns").parent for name in ("whole", "killed"))
    run(whole, *words)
    process = start(killed, *words, "name=hang")
    while not (killed / "hung.txt").exists():
        assert process.poll() is None, process.communicate()[1]
        time.sleep(0.05)
    process.send_signal(signal.SIGKILL)
    process.communicate()
    out, _ = run(killed, *words, "name=hang")
    assert "s: 9 complete of 9 trials" in out
    numbers = [number for number, _, _ in ran(killed)]
    assert numbers == [0, 1, 2, 3, 4, 5, 6, 7, 8, 9], "trial 4 was lost, 5 is its point again; no number twice"
    points = [point for _, *point in ran(killed)]
    assert points[4] == points[5]
    assert points[:4] + points[5:] == [point for _, *point in ran(whole)]
    record, _ = parent(killed)
    assert record.info.status == "FINISHED"
    assert record.data.metrics["trials/complete"] == 9


@pytest.mark.slow
def test_a_sweep_ended_by_ctrl_c_has_its_page(start, folder: Path) -> None:
    process = start(folder, *RANDOM, "hydra.sweeper.n_trials=9", "name=hang")
    while not (folder / "hung.txt").exists():
        assert process.poll() is None, process.communicate()[1]
        time.sleep(0.05)
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=300)
    assert process.returncode != 0
    assert "  page   " in out, err
    record, _ = parent(folder)
    assert record.info.status == "KILLED"
    stored = folder / "mlruns" / "artifacts" / record.info.run_id / "artifacts"
    assert '4</div><div class="under">of 9 asked for' in (stored / "sweep.html").read_text()


@pytest.mark.slow
def test_two_processes_work_on_one_study(start, folder: Path) -> None:
    words = [*RANDOM, "name=slow", "hydra.sweeper.n_trials=40"]
    workers = [start(folder, *words) for _ in range(2)]
    said = [worker.communicate(timeout=300) for worker in workers]
    assert [worker.returncode for worker in workers] == [0, 0], said
    (page,) = (folder / "mlruns" / "artifacts").rglob("sweep.html")
    assert '40</div><div class="under">of 40 asked for' in page.read_text(), "the last worker has seen all trials"
    assert sorted(number for number, _, _ in ran(folder)) == list(range(40))
    assert len({tuple(point) for _, *point in ran(folder)}) == 40
    assert len({line.split()[-1] for line in (folder / "ran.txt").read_text().splitlines()}) == 2
    record, _ = parent(folder)
    assert record.info.status == "FINISHED"


@pytest.mark.slow
def test_a_worker_that_is_killed_is_named_and_its_trial_is_tried_again(start, folder: Path) -> None:
    words = [*RANDOM, "name=lame", "hydra.sweeper.n_trials=4", "hydra.sweeper.workers=2", "hydra.sweeper.study_name=s"]
    process = start(folder, *words)
    while not (folder / "hung.txt").exists() or not (folder / "hung.txt").read_text():
        assert process.poll() is None, process.communicate()[1]
        time.sleep(0.05)
    worker, threads = (folder / "hung.txt").read_text().split()
    assert int(threads) == max(1, len(os.sched_getaffinity(0)) // 2)
    os.kill(int(worker), signal.SIGKILL)
    out, err = process.communicate(timeout=300)
    assert process.returncode == 0, err
    assert out.count("complete of") == 1
    assert "s: 4 complete of 4 trials" in out
    assert "worker 1 was killed (SIGKILL), and the trial that it had is tried again" in err
    assert "worker 1: trial 1 ended: val/macro_f1" in err
    assert "trial 1 ended: val/macro_f1" in (folder / "mlruns" / "sweeps" / "s" / "worker-1.log").read_text()
    numbers = [number for number, _, _ in ran(folder)]
    assert sorted(numbers) == list(range(5)), "trial 2 was lost; no number twice"
    points = {number: point for number, *point in ran(folder)}
    assert sum(point == points[2] for point in points.values()) == 2
    record, _ = parent(folder)
    assert record.info.status == "FINISHED"


@pytest.mark.slow
def test_an_interrupt_ends_all_workers_and_puts_their_trials_back(start, folder: Path) -> None:
    words = [*RANDOM, "name=long", "hydra.sweeper.n_trials=6", "hydra.sweeper.workers=2", "hydra.sweeper.study_name=s"]
    process = start(folder, *words)
    while not (folder / "ran.txt").exists() or len(ran(folder)) < 2:
        assert process.poll() is None, process.communicate()[1]
        time.sleep(0.05)
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=60)
    assert process.returncode != 0
    processes = {int(line.split()[-1]) for line in (folder / "ran.txt").read_text().splitlines()}
    assert len(processes) == 2
    assert not any(psutil.pid_exists(each) for each in processes)
    study = optuna.load_study(
        study_name="s", storage=JournalStorage(JournalFileBackend(f"{folder}/mlruns/sweeps/s/{JOURNAL}"))
    )
    assert sorted(trial.state.name for trial in study.trials) == ["FAIL", "FAIL", "WAITING", "WAITING"]
    assert parent(folder)[0].info.status == "KILLED"


@pytest.mark.slow
def test_trials_that_fail_are_recorded_and_the_sweep_goes_on(run, folder: Path) -> None:
    out, err = run(folder, *RANDOM, "hydra.sweeper.n_trials=9", "name=bad")
    assert "6 complete, 3 failed of 9 trials" in out
    assert "trial 1 failed: RuntimeError: CUDA out of memory" in err
    assert "Traceback" not in err
    record, _ = parent(folder)
    (table,) = (folder / "mlruns" / "artifacts" / record.info.run_id).rglob("trials.json")
    content = json.loads(table.read_text())
    errors = [row[content["columns"].index("error")] for row in content["data"]]
    assert [number for number, error in enumerate(errors) if error] == [1, 4, 7]
    best = max(range(9), key=lambda number: -1 if errors[number] else 1 - (float(ran(folder)[number][1]) - 0.3) ** 2)
    assert record.data.tags["assay.best_trial"] == str(best)
    (page,) = (folder / "mlruns" / "sweeps").glob("*/sweep.html")
    assert f"  page   {page.relative_to(folder)}" in out
    assert f"Best: trial {best}<" in page.read_text()
    stored = folder / "mlruns" / "artifacts" / record.info.run_id / "artifacts"
    assert (stored / "sweep.html").read_text() == page.read_text()
    drawn = {path.name for path in (stored / "figures").iterdir()}
    assert drawn == {"history.png", "parallel.png", "slices.png"}, "six complete trials say nothing of importance"


@pytest.mark.slow
def test_a_sweep_in_which_nothing_works_stops_early_and_says_why(run, folder: Path) -> None:
    _, err = run(folder, *RANDOM, "hydra.sweeper.n_trials=50", "name=hopeless", code=1)
    assert len(ran(folder)) == 3
    assert err.splitlines()[-1].startswith("StudyError: ")
    assert "ValueError: no trial can work" in err.splitlines()[-1]
    assert parent(folder)[0].info.status == "FAILED"
    (page,) = (folder / "mlruns" / "artifacts").rglob("sweep.html")
    assert "ValueError: no trial can work" in page.read_text()


@pytest.mark.slow
def test_a_metric_that_the_job_does_not_give_ends_the_sweep(run, folder: Path) -> None:
    asked = ["hydra.sweeper.metrics=[flavour]", "hydra.sweeper.directions=[maximize]"]
    _, err = run(folder, *RANDOM, *asked, code=2)
    assert "ConfigError: hydra.sweeper.metrics: flavour: no such metric" in err
    assert len(ran(folder)) == 1


@pytest.mark.slow
def test_a_metric_that_no_search_can_be_for_is_refused_before_the_first_trial(run, folder: Path) -> None:
    _, err = run(folder, *RANDOM, "hydra.sweeper.metrics=[val/makro_f1]", code=2)
    assert (
        "ConfigError: hydra.sweeper.metrics: val/makro_f1: no search can be for it; did you mean val/macro_f1?" in err
    )
    assert not (folder / "ran.txt").exists()


@pytest.mark.slow
def test_a_trial_whose_config_cannot_work_has_failed(run, folder: Path) -> None:
    words = ["hydra/sweeper=optuna", "hydra/sweeper/sampler=grid", "trainer.batch_size=0,8,16"]
    out, err = run(folder, "-m", *words)
    assert "2 complete, 1 failed of 3 trials" in out
    assert "failed: trainer.batch_size: must be at least 1, got 0" in err
    assert len(ran(folder)) == 2


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["optimizer.lr=interval(1,0)"], "an interval goes from a smaller number to a larger one"),
        ([*SPACE, "trainer.batchsize=3"], "did you mean batch_size?"),
        ([*SPACE, "model=choice(resnet5O,resnet50)"], "model=resnet5O: no such option; did you mean resnet50?"),
        ([*SPACE, "hydra.sweeper.n_trials=0"], "hydra.sweeper.n_trials: must be at least 1, got 0"),
        ([*SPACE, "hydra/sweeper/sampler=tpee"], "hydra/sweeper/sampler=tpee: no such option; did you mean tpe?"),
        (["seed=1"], "a sweep needs something that varies"),
    ],
)
def test_a_wrong_sweep_exits_with_two_and_starts_nothing(run, tmp_path: Path, words: list[str], said: str) -> None:
    _, err = run(tmp_path, "-m", "hydra/sweeper=optuna", *words, code=2)
    assert err.startswith("ConfigError: ")
    assert said in err
    assert list(tmp_path.iterdir()) == []


@pytest.mark.slow
def test_real_trainings_are_children_of_one_parent_and_the_hopeless_one_is_stopped(
    run, photos: Path, folder: Path
) -> None:
    words = ["-m", "hydra/sweeper=optuna", "hydra/sweeper/sampler=grid", "hydra/sweeper/pruner=median"]
    words += ["hydra.sweeper.pruner.n_startup_trials=1", "hydra.sweeper.pruner.n_warmup_steps=0"]
    words += [
        "debug=tiny",
        "evaluation.latency_runs=3",
        "trainer.accelerator=cpu",
        "data=folder",
        f"data.root={photos}",
    ]
    words += [
        "data.image_size=48",
        "finetune.epochs=10",
        "trainer.patience=null",
        "ood=none",
        "reject=none",
        "calibration=none",
        "evaluation.figures=false",
    ]
    words += ["optimizer.lr=choice(1e-2,1e-9,1e-8)", "hydra.sweeper.seed=3"]
    out, err = run(folder, *words, program=TRAIN)
    record, children = parent(folder)
    assert {child.data.tags["mlflow.parentRunId"] for child in children} == {record.info.run_id}
    assert {child.data.tags["assay.trial"] for child in children} == {"0", "1", "2"}
    pruned = [child for child in children if "assay.pruned" in child.data.tags]
    assert pruned, out + err
    for child in pruned:
        assert child.info.status == "KILLED"
        assert child.data.params["optimizer.lr"] in ("1e-09", "1e-08")
        assert "error" not in child.data.tags
    assert record.info.status == "FINISHED"
    best = next(child for child in children if child.info.run_id == record.data.tags["assay.best_run"])
    assert best.data.params["optimizer.lr"] in ("0.01",)
    measured = [json.loads(path.read_text()) for path in (folder / "mlruns" / "work").glob("*/evidence.json")]
    assert len(measured) == len(children) - len(pruned)
    quality = max(evidence["other_splits"]["val"]["macro_f1"] for evidence in measured)
    assert record.data.metrics["best/val/macro_f1"] == pytest.approx(quality)
    assert "pruning saved about" in out
    assert not list((folder / "mlruns" / "work").rglob("*.png"))
    assert len(list((folder / "mlruns" / "sweeps").rglob("*.png"))) == 3
