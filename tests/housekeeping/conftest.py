from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from omegaconf import DictConfig

from assay.config.compose import compose
from assay.run.workspace import recording_store
from assay.tracking.store import TrackingStore
from finished import store_words


@pytest.fixture
def config(store_in: Callable[[Path], Path], tmp_path: Path) -> DictConfig:
    """Names a store without runs, and a cache that does not exist yet."""
    store_in(tmp_path)
    return compose([*store_words(tmp_path), f"cache={tmp_path}/cache"])


@pytest.fixture
def store(config: DictConfig) -> TrackingStore:
    return recording_store(config)
