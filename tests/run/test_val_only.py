"""Runs that are measured on val alone, and what they share with others of their process: through real training."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from mlflow import MlflowClient
from mlflow.entities import Run

from assay.commands.train import main
from assay.config.compose import compose
from assay.data import scan
from assay.errors import DataError
from assay.run.explain import _load
from assay.run.shared_objects import sharing
from assay.run.train import Outcome, train
from assay.run.training_images import load_manifest
from assay.run.val_only import default_of_searches
from assay.run.workspace import open_store
from assay.studies.comparison.sides import load_run

SMALL = ["debug=tiny", "trainer.accelerator=cpu", "data=folder", "data.image_size=48", "ood=none", "seed=5"]
HEAD = [*SMALL, "finetune.epochs=8", "trainer.patience=null", "sampler=sqrt", "aug=mixup", "calibration=vector"]
DEEP = [*SMALL, "finetune=last_layers", "finetune.epochs=1", "calibration=temperature", "evaluation=val"]


@pytest.fixture
def folder(tmp_path: Path, store_in: Callable[[Path], Path], monkeypatch: pytest.MonkeyPatch) -> Path:
    store_in(tmp_path / "mlruns")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def run(images: Path, *words: str) -> Outcome:
    return train(compose([*words, f"data.root={images}"]))


def record(outcome: Outcome) -> Run:
    return MlflowClient(f"sqlite:///{Path.cwd()}/mlruns/mlflow.db").get_run(outcome.run_id)


def test_the_same_seed_gives_the_same_val_metrics_in_a_search_and_alone(photos: Path, folder: Path, capsys) -> None:
    alone = run(photos, *HEAD)
    assert alone.evidence is not None
    expected = {name: value for name, value in alone.objectives.items() if name.startswith("val/")}
    assert expected["val/macro_f1"] == alone.evidence.other_splits["val"]["macro_f1"]
    space = ["head=choice(cosine,linear)", "optimizer.lr=choice(0.001,0.01)"]
    words = ["-m", "hydra/sweeper=optuna", "hydra/sweeper/sampler=grid", *HEAD, f"data.root={photos}", *space]
    main(words, "train.py")
    client = MlflowClient(f"sqlite:///{folder}/mlruns/mlflow.db")
    trials = client.search_runs(["1"], "tags.`assay.trial` LIKE '%'")
    assert len(trials) == 4
    overrides = " ".join([*HEAD, f"data.root={photos}", "evaluation=val", "head=linear"])
    (same,) = [
        trial
        for trial in trials
        if trial.data.params["overrides"].startswith(overrides)
        and float(trial.data.params["optimizer.lr"]) == float(record(alone).data.params["optimizer.lr"])
    ]
    found = {name: same.data.metrics[f"calibrated/{name}"] for name in expected}
    assert found == expected
    assert found == {name: record(alone).data.metrics[f"calibrated/{name}"] for name in expected}
    assert same.data.metrics["cost/parameters"] == alone.objectives["cost/parameters"]


def test_the_images_of_test_are_not_looked_at(photos: Path, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    images = folder / "images"
    shutil.copytree(photos, images)
    manifest = load_manifest(compose([*HEAD, f"data.root={images}", f"cache={folder}/cache"]))
    keys = {str(path): scan._key(str(path)) for path in manifest.paths}
    for path in manifest.only("test").paths:
        path.write_bytes(b"\0" * path.stat().st_size)
    monkeypatch.setattr(scan, "_key", keys.__getitem__)  # the scan takes them for what they were
    outcome = run(images, *HEAD, "evaluation=val", f"cache={folder}/cache")
    assert outcome.evidence is None
    assert not list(folder.rglob("*test*.parquet"))
    found = record(outcome)
    assert not [name for name in found.data.metrics if name.startswith(("test/", "ood/", "robust/"))]
    assert found.data.tags["assay.evidence"].startswith("none: measured on val alone")
    assert found.data.tags["assay.measure"].endswith("evaluation=standard")
    with pytest.raises(DataError, match="has changed since the manifest was built"):
        run(images, *HEAD, f"cache={folder}/cache")


def test_a_run_without_evidence_is_neither_compared_nor_explained(photos: Path, folder: Path) -> None:
    config = compose([*HEAD, f"data.root={photos}"])
    found = open_store(config).find(run(photos, *HEAD, "evaluation=val").run_id)
    with pytest.raises(DataError, match=r"cannot be compared: it was measured on val alone .*evaluation=standard"):
        load_run(found)
    with pytest.raises(DataError, match=r"cannot be explained: it was measured on val alone"):
        _load(found, config)


def test_costs_are_those_of_a_whole_run_where_they_are_asked_for(photos: Path, folder: Path) -> None:
    words = [word for word in HEAD if word != "ood=none"]
    whole, asked = run(photos, *words), run(photos, *words, "evaluation=val", "evaluation.cost=true")
    assert asked.objectives["cost/size_mb"] == pytest.approx(whole.objectives["cost/size_mb"], rel=1e-3)
    assert asked.objectives["cost/latency_p95_ms"] > 0


@pytest.mark.slow
def test_a_shared_backbone_never_shares_what_was_trained(photos: Path, folder: Path) -> None:
    head = [*HEAD, "evaluation=val"]
    alone = [run(photos, *words).objectives for words in (head, DEEP)]
    with sharing():
        shared = [run(photos, *words) for words in (head, DEEP, head)]
    assert [outcome.objectives for outcome in shared] == [*alone, alone[0]]
    first, deep, second = (outcome.predictor.network.backbone for outcome in shared)
    assert first is second
    assert first.digest != deep.digest
    assert list(folder.rglob("*.onnx")), "trained weights are the run's own"
    assert not list(folder.rglob("*.blank.onnx")), "the graph without them is everybody's"


@pytest.mark.parametrize(
    ("overrides", "varied", "metrics", "added"),
    [
        (["seed=1"], ["head"], ["val/macro_f1"], ["evaluation=val"]),
        (["debug=tiny"], [], ["val/loss", "cost/parameters"], ["evaluation=val"]),
        ([], [], ["cost/latency_p95_ms"], ["evaluation=val", "evaluation.cost=true"]),
        ([], [], ["cost/size_mb"], ["evaluation=val", "evaluation.cost=true", "evaluation.latency_runs=0"]),
        (["evaluation=quick"], [], ["val/macro_f1"], []),
        (["evaluation.figures=false"], [], ["val/macro_f1"], []),
        (["evaluation.tta=[mirror]"], ["evaluation.tta"], ["val/macro_f1"], ["evaluation=val"]),
        ([], ["evaluation"], ["val/macro_f1"], []),
    ],
)
def test_a_search_measures_what_it_needs_unless_evaluation_is_named(overrides, varied, metrics, added) -> None:
    assert default_of_searches(overrides, varied, metrics) == added
