"""A bundle of a tiny untrained network, in a run of a real MLflow store."""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from assay.data.preprocessing import Preprocessing
from assay.deploy.bundle import ABOUT, PREDICTOR, SCHEMA_VERSION, About, Bundle
from assay.deploy.contents import entries
from assay.deploy.packing import packed
from assay.evaluation.record import save_record
from assay.models.backbone import build_backbone
from assay.models.head import LinearHead
from assay.models.network import Network
from assay.postprocess.calibration import Temperature
from assay.postprocess.reject import CoverageRule
from assay.predictions import Predictions
from assay.predictor import Predictor
from assay.tracking.store import TrackingStore

CLASSES = ("a", "b", "c d")


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> TrackingStore:
    root = tmp_path_factory.mktemp("store")
    return TrackingStore(f"sqlite:///{root}/mlflow.db", f"{root}/artifacts", work=f"{root}/work")


@pytest.fixture(scope="module")
def tiny_bundle(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Bundle]:
    """Makes a bundle for a run, with weights from a seed."""

    def make(run_id: str = "0" * 32, *, seed: int = 0, name: str = "tiny: a/b") -> Bundle:
        root = tmp_path_factory.mktemp("tiny")
        torch.manual_seed(seed)
        backbone = build_backbone("baseline_cnn", "none")
        network = Network(backbone, LinearHead(backbone.embedding_dim, len(CLASSES))).eval()
        logits = np.random.default_rng(seed).normal(size=(200, len(CLASSES)))
        ids = np.array([f"{place:03d}" for place in range(200)])
        labels = logits.argmax(1) * (np.arange(200) % 5 > 0)
        held_out = Predictions(ids, ids, "calib", labels, CLASSES, logits)
        predictor = Predictor(network, Preprocessing(32, "letterbox"), CLASSES, root / "cache")
        predictor = predictor.fitted(held_out, calibrator=Temperature(), reject=CoverageRule(coverage=0.6))
        with packed(root / "bundle") as making:
            predictor.save(making.folder / PREDICTOR)
            about = About(
                name=name,
                run_id=run_id,
                made="2026-01-01T00:00:00+00:00",
                backbone="baseline_cnn",
                seed=seed,
                class_names=CLASSES,
                ordered=False,
                dataset_digest="d" * 64,
                test_digest="e" * 64,
                config_digest="",
                git_commit="none",
                git_dirty="unknown",
                lock_digest="",
                licences=(),
                files=entries(making.folder, besides=ABOUT),
            )
            save_record(making.folder / ABOUT, about, schema=SCHEMA_VERSION)
        return Bundle.open(root / "bundle", cache_dir=root / "cache")

    return make


@pytest.fixture(scope="session")
def pictures() -> list[bytes]:
    """Five noisy pictures as files."""
    rng = np.random.default_rng(1)
    files = []
    for _ in range(5):
        buffer = io.BytesIO()
        Image.fromarray(rng.integers(0, 256, size=(40, 24, 3), dtype=np.uint8)).save(buffer, "PNG")
        files.append(buffer.getvalue())
    return files


@pytest.fixture(scope="module")
def bundle(store: TrackingStore, tiny_bundle: Callable[..., Bundle]) -> Bundle:
    """A bundle of a run in the store."""
    with store.start_run("tiny") as run:
        pass
    return tiny_bundle(run.run_id)


@pytest.fixture
def scratch(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder that the test works in."""
    folder = tmp_path / "empty"
    folder.mkdir()
    monkeypatch.chdir(folder)
    return folder
