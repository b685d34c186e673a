"""A disk that is too full for what a training writes is missed before the run begins."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import pytest
import torch

from assay.config.compose import compose
from assay.errors import TrackingError
from assay.models.backbone import build_backbone
from assay.models.head import LinearHead
from assay.models.network import Network
from assay.run import room
from assay.run.train import train
from finished import store_words

WORDS = ["model=baseline_cnn", "data=folder", "data.root=pictures"]


@pytest.fixture(scope="module")
def network() -> Network:
    backbone = build_backbone("baseline_cnn", "none")
    return Network(backbone, LinearHead(backbone.embedding_dim, 3))


def free(monkeypatch: pytest.MonkeyPatch, size: int) -> list[Path]:
    """Let so many bytes be free everywhere; the folders that were asked about."""
    asked: list[Path] = []
    monkeypatch.setattr(room.shutil, "disk_usage", lambda path: asked.append(path) or SimpleNamespace(free=size))
    return asked


def saved_bytes(network: Network, folder: Path) -> int:
    """What PyTorch writes of the weights alone."""
    torch.save(network.state_dict(), folder / "weights.pt")
    return (folder / "weights.pt").stat().st_size


@pytest.mark.parametrize(("finetune", "copies"), [("full", 3), ("two_stage", 3), ("retrain_classifier", 3)])
def test_three_copies_of_a_trained_backbone_have_to_fit(network, tmp_path, monkeypatch, finetune, copies):
    config = compose([*WORDS, f"finetune={finetune}", f"tracking.work={tmp_path}/not/made/yet"])
    needed = copies * saved_bytes(network, tmp_path)
    asked = free(monkeypatch, int(0.9 * needed))
    with pytest.raises(TrackingError, match=r"MB are free, and this training writes [\d,]+ MB at least"):
        room.refuse_without_room(config, network)
    assert asked == [tmp_path], "the nearest folder that is there"
    free(monkeypatch, needed)
    room.refuse_without_room(config, network)


def test_a_head_alone_is_too_small_to_be_asked_about(network, tmp_path, monkeypatch):
    free(monkeypatch, 0)
    room.refuse_without_room(compose([*WORDS, "finetune=head_only", f"tracking.work={tmp_path}"]), network)


def test_no_run_is_begun_that_could_not_be_kept(
    photos: Path, tmp_path: Path, store_in: Callable[[Path], Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    words = ["debug=tiny", "data=folder", f"data.root={photos}", "model=baseline_cnn", "finetune=full"]
    config = compose([*words, *store_words(store_in(tmp_path))])
    monkeypatch.setattr(room.shutil, "disk_usage", lambda path: SimpleNamespace(free=1000))
    with pytest.raises(TrackingError, match="make room"):
        train(config)
    with sqlite3.connect(tmp_path / "mlflow.db") as opened:
        assert opened.execute("SELECT count(*) FROM runs").fetchone() == (0,)
