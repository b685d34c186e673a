"""Checkpoints that no training goes on after, and that the command of the message lets the stage be trained again."""

from __future__ import annotations

import functools
import shlex
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from assay.data.sampler.shuffle import Shuffle
from assay.embeddings.dataset import EmbeddingDataset, embedding_loader
from assay.errors import TrainingError
from assay.models.backbone import build_backbone
from assay.models.classifier import Classifier
from assay.models.epochs import BEST, DONE, LAST
from assay.models.finetune.stage import Stage
from assay.models.head import LinearHead
from assay.models.head_loop import train_head
from assay.models.head_training import HeadTraining
from assay.models.losses.cross_entropy import CrossEntropy
from assay.models.network import Network
from assay.models.schedules import Cosine
from assay.models.trainer_settings import TrainerSettings
from assay.models.training import train_stage

LABELS = np.arange(30) % 3
SETTINGS = TrainerSettings(accelerator="cpu", batch_size=16, patience=None)
LOOPS: dict[str, tuple[Any, Any]] = {"own": (HeadTraining, train_head), "lightning": (Classifier, train_stage)}


def parts(owner: str = "run/0-head", classes: int = 3) -> dict[str, Any]:
    torch.manual_seed(0)
    return {
        "network": Network(build_backbone("baseline_cnn", "none"), LinearHead(256, classes)),
        "stage": Stage("head", 2, inputs="embeddings"),
        "loss": CrossEntropy(),
        "optimizer": functools.partial(torch.optim.AdamW, lr=1e-2),
        "schedule": Cosine(),
        "seed": 3,
        "owner": owner,
    }


def loaders() -> tuple[Any, Any]:
    vectors = np.random.default_rng(0).normal(0, 1, (1, 30, 256)).astype(np.float32)
    data = EmbeddingDataset(vectors, LABELS)
    return embedding_loader(data, 16, sampler=Shuffle(LABELS, seed=0)), embedding_loader(data, 30)


@pytest.fixture(scope="module", params=["own", "lightning"])
def trained(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> tuple[Any, Any, Path, Any]:
    """What trains, how, the folder of a stage that was trained to its end, and what came out."""
    made, train = LOOPS[request.param]
    folder = tmp_path_factory.mktemp(request.param) / "stages" / "0-head"
    whole = made(**parts())
    train(whole, *loaders(), SETTINGS, folder)
    return made, train, folder, whole


def cut_in_half(path: Path) -> None:
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def changed(change: Callable[[dict[str, Any]], Any]) -> Callable[[Path], None]:
    def damage(path: Path) -> None:
        content = torch.load(path, weights_only=True)
        torch.save(change(content), path)

    return damage


def without_head(content: dict[str, Any]) -> dict[str, Any]:
    return {**content, "state_dict": {f"x.{name}": value for name, value in content["state_dict"].items()}}


def of_more_classes(content: dict[str, Any]) -> dict[str, Any]:
    weights = {name: torch.cat([value, value]) for name, value in content["state_dict"].items()}
    return {**content, "state_dict": weights}


DAMAGES: dict[str, tuple[Callable[[Path], Any], str]] = {
    "cut off": (cut_in_half, "damaged"),
    "empty": (lambda path: path.write_bytes(b""), "damaged"),
    "text": (lambda path: path.write_text("<html>"), "damaged"),
    "gone": (Path.unlink, "No such file"),
    "a list": (changed(lambda content: [1]), "no checkpoint of a stage"),
    "weights alone": (changed(lambda content: {"state_dict": content["state_dict"]}), "it has no epoch"),
    "of another run": (changed(lambda content: {**content, "owner": "other/0-head"}), "another stage or run"),
    "of other names": (changed(without_head), "another network"),
    "of more classes": (changed(of_more_classes), "another network"),
}


@pytest.mark.parametrize("done", [True, False], ids=["of a finished stage", "of an interrupted stage"])
@pytest.mark.parametrize("damage", DAMAGES)
def test_a_checkpoint_that_cannot_be_gone_on_after_is_refused_with_what_to_remove(
    trained: tuple[Any, Any, Path, Any], tmp_path: Path, damage: str, done: bool
) -> None:
    made, train, before, whole = trained
    folder = tmp_path / "it's stages" / "0-head"
    shutil.copytree(before, folder)
    later = folder.with_name("1-all")
    later.mkdir()
    if not done:
        (folder / DONE).unlink()
    spoil, said = DAMAGES[damage]
    spoil(folder / (BEST if done or damage == "gone" else LAST))
    with pytest.raises(TrainingError, match=said) as refused:
        train(made(**parts()), *loaders(), SETTINGS, folder)
    command = shlex.split(str(refused.value).rpartition("trained again: ")[2])
    subprocess.run(command, check=True)
    assert not folder.exists()
    assert not later.exists()
    again = made(**parts())
    train(again, *loaders(), SETTINGS, folder)
    assert again.history == whole.history
    for name, value in whole.network.head.state_dict().items():
        assert torch.equal(value, again.network.head.state_dict()[name])


def test_a_checkpoint_without_an_owner_is_one_of_before(trained: tuple[Any, Any, Path, Any], tmp_path: Path) -> None:
    made, train, before, whole = trained
    folder = tmp_path / "0-head"
    shutil.copytree(before, folder)
    for name in (BEST, LAST):
        content = torch.load(folder / name, weights_only=True)
        del content["owner"]
        torch.save(content, folder / name)
    again = made(**parts("another/0-head"))
    train(again, *loaders(), SETTINGS, folder)
    assert again.history == whole.history


def test_what_the_own_loop_kept_is_not_handed_to_lightning(tmp_path: Path) -> None:
    train_head(HeadTraining(**parts()), *loaders(), SETTINGS, tmp_path / "0-head")
    (tmp_path / "0-head" / DONE).unlink()
    with pytest.raises(TrainingError, match="it has no loops"):
        train_stage(Classifier(**parts()), *loaders(), SETTINGS, tmp_path / "0-head")
