"""A run of a real MLflow store with a bundle, and pictures to ask it about."""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from assay.deploy.bundle.bundle import Bundle
from assay.tracking.store import TrackingStore


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory, store_in: Callable[[Path], Path]) -> TrackingStore:
    root = store_in(tmp_path_factory.mktemp("store"))
    return TrackingStore(f"sqlite:///{root}/mlflow.db", f"{root}/artifacts", work=f"{root}/work")


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
