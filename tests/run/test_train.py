"""The main job on pictures made in the test, through the real door and a real MLflow store."""

from __future__ import annotations

import os
import shlex
import shutil
import signal
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from assay.cli import main
from assay.config.compose import compose
from assay.data.manifest import Manifest
from assay.evaluation.evidence import Evidence
from assay.postprocess.softmax import softmax
from assay.predictions import Predictions
from assay.run.kept_measurement import KEPT
from assay.run.train import Outcome
from assay.tracking.run_files import SHARED_BACKBONES

TRAIN = Path(__file__).parents[2] / "train.py"
SMALL = ["debug=tiny", "trainer.accelerator=cpu", "data=folder", "data.image_size=48"]
HEAD = [*SMALL, "finetune.epochs=30", "trainer.patience=null", "sampler=weighted", "aug=mixup"]
FULL = [*SMALL, "model=baseline_cnn", "finetune.epochs=6", "aug=[standard,cutmix]", "trainer.ema_decay=0.9"]
FULL += ["evaluation.figures=false"]
QUICK_GATE = ["gate.checks.alone=null", "gate.loosened.by=Ada", "gate.loosened.reason=small", "gate.resamples=200"]


def arguments(photos: Path, folder: Path, words: list[str]) -> list[str]:
    store = [f"tracking.uri=sqlite:///{folder}/mlflow.db", f"tracking.artifacts={folder}/artifacts"]
    return [*words, *([f"data.root={photos}"] if "data=folder" in words else []), *store]


@pytest.fixture
def start(begin: Callable[..., Any], photos: Path) -> Callable[..., Any]:
    return lambda folder, words: begin(TRAIN, arguments(photos, folder, words), folder)


@pytest.fixture
def run(start: Callable[..., Any]) -> Callable[..., None]:
    def through(folder: Path, words: list[str]) -> None:
        process = start(folder, words)
        _, err = process.communicate()
        assert process.returncode == 0, err

    return through


def numbers(evidence: Evidence) -> dict[str, float]:
    return {name: value for name, value in evidence.flat().items() if not name.startswith("cost/latency")}


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory, store_in: Callable[[Path], Path]) -> Path:
    return store_in(tmp_path_factory.mktemp("store"))


@pytest.fixture(scope="module")
def uninterrupted(photos: Path, store: Path) -> dict[str, Outcome]:
    """One run of each kind that nobody disturbed."""
    from assay.run.train import train

    before = Path.cwd()
    os.chdir(store)
    try:
        runs = {"head": HEAD, "full": FULL}
        return {name: train(compose(arguments(photos, store, words))) for name, words in runs.items()}
    finally:
        os.chdir(before)


def test_a_run_leaves_all_that_evaluation_needs(uninterrupted: dict[str, Outcome], store: Path) -> None:
    from mlflow import MlflowClient

    client = MlflowClient(f"sqlite:///{store}/mlflow.db")
    experiment = client.search_experiments()[0].experiment_id
    runs = client.search_runs([experiment])
    assert {found.info.status for found in runs} == {"FINISHED"}
    for found in runs:
        top = {artifact.path for artifact in client.list_artifacts(found.info.run_id)}
        assert {"config.yaml", "evidence.json", "report.html", "manifest.parquet", "predictions", "model"} <= top
        assert {"test/macro_f1", "test/ece", "val/macro_f1", "train/loss"} <= set(found.data.metrics)
        assert found.inputs.dataset_inputs
        assert {"dataset_digest", "config_digest"} <= set(found.data.tags)


def test_the_classes_are_learned_better_than_by_chance(uninterrupted: dict[str, Outcome]) -> None:
    accuracy = uninterrupted["head"].evidence.metrics["accuracy"]
    assert accuracy.low is not None
    assert accuracy.low > 1 / 3


def test_the_same_command_with_the_same_seed_gives_the_same_numbers(
    run: Callable[..., None], store: Path, uninterrupted: dict[str, Outcome]
) -> None:
    before = set((store / "mlruns" / "work").iterdir())
    shutil.rmtree(Path(os.environ["ASSAY_CACHE"]) / KEPT, ignore_errors=True)  # so that they are computed anew
    run(store, HEAD)
    (folder,) = set((store / "mlruns" / "work").iterdir()) - before
    assert numbers(Evidence.load(folder / "evidence.json")) == numbers(uninterrupted["head"].evidence)


@pytest.mark.slow
@pytest.mark.parametrize(("kind", "words"), [("head", HEAD), ("full", FULL)])
def test_a_run_killed_in_an_epoch_and_resumed_ends_as_if_nothing_had_happened(
    start,
    run,
    tmp_path: Path,
    store_in: Callable[[Path], Path],
    uninterrupted: dict[str, Outcome],
    kind: str,
    words: list[str],
) -> None:
    process = start(store_in(tmp_path), words)
    work = tmp_path / "mlruns" / "work"
    while not list(work.glob("*/stages/*/last.ckpt")):
        assert process.poll() is None, process.communicate()[1]
        time.sleep(0.005)
    process.send_signal(signal.SIGKILL)
    process.communicate()
    (folder,) = work.iterdir()
    assert not list(folder.glob("stages/*/done")), "it was killed too late to prove anything"
    run(tmp_path, [f"resume={folder.name}"])
    assert [path for path in work.iterdir() if path.name != SHARED_BACKBONES] == [folder]
    assert numbers(Evidence.load(folder / "evidence.json")) == numbers(uninterrupted[kind].evidence)


def test_predictions_of_every_split_can_be_read_back(uninterrupted: dict[str, Outcome], store: Path) -> None:
    folder = next(store.glob("mlruns/work/*/predictions")).parent
    splits = {path.stem: Predictions.load(path) for path in (folder / "predictions").iterdir()}
    assert set(splits) == {"train", "val", "calib", "test"}
    assert len({image for predictions in splits.values() for image in predictions.ids}) == 120


def test_the_predictor_answers_about_a_file_as_it_was_measured(
    photos: Path, store: Path, uninterrupted: dict[str, Outcome]
) -> None:
    outcome = uninterrupted["head"]
    predictions = Predictions.load(outcome.folder / "predictions" / "test.parquet")
    files = dict(zip(*_ids_and_paths(outcome), strict=True))
    calibrated = softmax(outcome.predictor.calibrator.transform(predictions.logits))
    for image, expected in list(zip(predictions.ids, calibrated, strict=True))[:5]:
        answer = outcome.predictor.answer(files[image])
        np.testing.assert_allclose(answer.probabilities, expected, atol=1e-5)
        assert answer.label == predictions.class_names[int(expected.argmax())]
        assert outcome.predictor.answer(files[image].read_bytes()).label == answer.label
    written = sorted(path.name for path in (outcome.folder / "model").iterdir())
    assert written == ["backbone.safetensors", "model.safetensors", "ood.safetensors", "predictor.json"]


def _ids_and_paths(outcome: Outcome) -> tuple[list[str], list[Path]]:
    manifest = Manifest.load(outcome.folder / "manifest.parquet")
    return manifest.ids.tolist(), manifest.paths


@pytest.mark.skipif(shutil.which("chromium") is None, reason="needs Debian's package chromium")
def test_the_report_opens_in_a_browser(tmp_path: Path, uninterrupted: dict[str, Outcome]) -> None:
    page = uninterrupted["head"].folder / "report.html"
    flags = "--headless --no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking "
    flags += "--disable-component-update --disable-sync --window-size=1200,3000"
    files = [f"--user-data-dir={tmp_path}/profile", f"--screenshot={tmp_path}/page.png", page.as_uri()]
    subprocess.run(["chromium", *flags.split(), *files], check=True, capture_output=True, timeout=120)
    with Image.open(tmp_path / "page.png") as shown:
        colours = shown.convert("RGB").getcolors(maxcolors=1 << 24)
    assert colours is not None
    assert len(colours) > 200


@pytest.mark.slow
def test_a_multirun_makes_one_parent_with_children(start, tmp_path: Path, store_in: Callable[[Path], Path]) -> None:
    from mlflow import MlflowClient

    process = start(store_in(tmp_path), ["-m", *SMALL, "model=baseline_cnn", "seed=0,1"])
    out, err = process.communicate()
    assert process.returncode == 0, err
    client = MlflowClient(f"sqlite:///{tmp_path}/mlflow.db")
    runs = client.search_runs([client.search_experiments()[0].experiment_id])
    (parent,) = [found for found in runs if "mlflow.parentRunId" not in found.data.tags]
    children = [found for found in runs if found.data.tags.get("mlflow.parentRunId") == parent.info.run_id]
    assert {found.data.params["seed"] for found in children} == {"0", "1"}
    for child in children:
        seed = int(child.data.params["seed"])
        assert f"[{seed + 1}/2] seed={seed}" in err.splitlines()
        row = next(line for line in out.splitlines() if child.info.run_id[:8] in line and "finished" in line)
        cells = [cell.strip() for cell in row.split("│")]
        macro_f1 = f"{child.data.metrics['test/macro_f1']:.3f}"
        assert cells == [str(seed + 1), f"seed={seed}", macro_f1, child.info.run_id[:8], "finished"]
    assert parent.info.status == "FINISHED"


def test_a_failing_run_says_so(start, tmp_path: Path, store_in: Callable[[Path], Path]) -> None:
    from mlflow import MlflowClient

    words = [*SMALL, "model=baseline_cnn", "trainer.compile=false", "optimizer.lr=1e30"]
    process = start(store_in(tmp_path), words)
    _, err = process.communicate()
    assert process.returncode == 1
    client = MlflowClient(f"sqlite:///{tmp_path}/mlflow.db")
    (found,) = client.search_runs([client.search_experiments()[0].experiment_id])
    error = err.splitlines()[-1]
    assert error.startswith("TrainingError: ")
    assert "resume=" not in err, "it would diverge again"
    assert found.info.status == "FAILED"
    assert "TrainingError" in found.data.tags["error"]


def test_the_end_of_a_training_says_commands_that_work(
    uninterrupted: dict[str, Outcome], store: Path, monkeypatch: pytest.MonkeyPatch, photos: Path
) -> None:
    import assay
    from assay.commands.show.train import next_steps

    monkeypatch.chdir(store)
    outcome = uninterrupted["full"]
    places = [f"tracking.uri=sqlite:///{store}/mlflow.db"]
    run, report, page, compare, promote, predict = next_steps(outcome, places)
    assert run.endswith(outcome.run_id)
    assert Path(report.removeprefix("report   ")).is_file()
    assert page == (
        f"MLflow   http://127.0.0.1:5000/#/experiments/1/runs/{outcome.run_id}?workflowType=machine_learning, "
        f"once assay ui {places[0]} serves it"
    )
    assert compare == f"compare  assay compare {outcome.run_id[:8]} OTHER_RUN {places[0]}"
    assert promote == f"promote  assay promote run={outcome.run_id[:8]} gate=default {places[0]}"
    with pytest.raises(SystemExit, match="3"):  # refused: a first champion needs more than a handful of test images
        main([*shlex.split(promote.removeprefix("promote  assay ")), f"tracking.work={store}/work", *QUICK_GATE])
    picture = next(photos.rglob("*.png"))
    typed = predict.removeprefix("predict  ").removesuffix(" in Python").replace("photo.jpg", str(picture))
    (answer,) = eval(typed, {"assay": assay})
    assert answer.label in {"amber", "jade", "onyx"}


def test_the_parts_of_a_training_add_up_to_the_whole() -> None:
    from assay.commands.show.train import took

    shown = took({"training": 3.0, "evidence": 2.0, "recording": 0.5, "fit": 1.0}, 9.0)
    assert shown == "took 9.0 s: start 3.5 s, training 3.0 s (epochs 1.0 s), evidence 2.0 s, recording 0.5 s"
