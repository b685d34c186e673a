"""The loop for heads against Lightning's training of the same stage, whole and interrupted."""

from __future__ import annotations

import dataclasses
import functools
import itertools
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import nn

from assay.augment.mixing.mixup import MixUp
from assay.data.sampler.weighted import Weighted
from assay.embeddings.dataset import EmbeddingDataset, embedding_loader
from assay.errors import TrainingError
from assay.models.backbone import build_backbone
from assay.models.best_epoch import BestEpoch
from assay.models.classifier import Classifier
from assay.models.confusion_scores import accuracy, macro_f1
from assay.models.epoch_report import EpochReport
from assay.models.epochs import BEST, DONE, LAST
from assay.models.finetune.stage import Stage
from assay.models.head import CosineHead, LinearHead
from assay.models.head_loop import train_head
from assay.models.head_training import HeadTraining, suits
from assay.models.losses.cross_entropy import CrossEntropy
from assay.models.losses.ldam_drw import LdamDrw
from assay.models.network import Network
from assay.models.pruning import Pruned, trial_of
from assay.models.schedules import Cosine
from assay.models.trainer_settings import TrainerSettings
from assay.models.training import train_stage

LABELS = np.repeat([0, 1, 2], [40, 15, 8])
STAGE = Stage("head", 12, "embeddings", blocks=0)
SETTINGS = TrainerSettings(accelerator="cpu", patience=None, batch_size=16)
ADAMW = functools.partial(torch.optim.AdamW, lr=3e-3, weight_decay=0.05)
SGD = functools.partial(torch.optim.SGD, lr=3e-2, momentum=0.9, nesterov=True)


def parts(kind: str = "plain") -> dict[str, Any]:
    """What a stage trains and by what, made anew."""
    torch.manual_seed(0)
    head = CosineHead(256, 3) if kind == "late" else LinearHead(256, 3, dropout=0.3)
    return {
        "network": Network(build_backbone("baseline_cnn", "none"), head),
        "stage": STAGE,
        "loss": LdamDrw(start_epoch=4, labels=LABELS, classes=3) if kind == "late" else CrossEntropy(),
        "optimizer": SGD if kind == "sgd" else ADAMW,
        "schedule": Cosine(),
        "mix": MixUp() if kind == "mixed" else None,
        "seed": 3,
    }


def loaders(start: int = 0, batch: int = 16):
    rng = np.random.default_rng(0)
    vectors = rng.normal(0, 1, (2, len(LABELS), 256)).astype(np.float32)
    vectors[:, np.arange(len(LABELS)), LABELS] += 1
    train = EmbeddingDataset(vectors, LABELS, seed=5)
    val = EmbeddingDataset(rng.normal(0, 1, (1, 30, 256)).astype(np.float32), np.arange(30) % 3)
    return embedding_loader(train, batch, sampler=Weighted(LABELS, start)), embedding_loader(val, 20)


class Log:
    """Metrics by epoch, as a tracked run takes them."""

    def __init__(self) -> None:
        self.rows: dict[int, dict[str, float]] = {}

    def add(self, epoch: int, metrics: Mapping[str, float]) -> None:
        self.rows.setdefault(epoch, {}).update(metrics)

    def flush(self) -> None:
        pass


def weights(model: Any) -> list[torch.Tensor]:
    return [value.clone() for value in model.network.head.state_dict().values()]


def same(one: Any, other: Any) -> bool:
    return all(torch.equal(a, b) for a, b in zip(weights(one), weights(other), strict=True))


@pytest.mark.parametrize("monitor", ["val/macro_f1", "val/loss"])
@pytest.mark.parametrize(("kind", "patience", "clip"), [("plain", 2, 1.0), ("sgd", None, None), ("mixed", 3, 0.1)])
def test_it_ends_in_the_weights_and_curves_of_lightning(
    tmp_path: Path, kind: str, patience: int | None, clip: float | None, monitor: Any
) -> None:
    settings = TrainerSettings(accelerator="cpu", batch_size=16, patience=patience, gradient_clip=clip, monitor=monitor)
    reference, own, log = Classifier(**parts(kind)), HeadTraining(**parts(kind)), Log()
    train_stage(reference, *loaders(), settings, tmp_path / "lightning")
    train_head(own, *loaders(), settings, tmp_path / "own", log=log)
    assert own.history == reference.history
    assert same(own, reference)
    assert [{"epoch": epoch, **metrics} for epoch, metrics in log.rows.items()] == own.history
    kept = [torch.load(tmp_path / name / BEST, weights_only=True) for name in ("lightning", "own")]
    assert kept[0]["epoch"] == kept[1]["epoch"]
    assert kept[0]["global_step"] == kept[1]["global_step"]


def test_late_epochs_alone_are_compared_as_by_lightning(tmp_path: Path) -> None:
    settings = TrainerSettings(accelerator="cpu", batch_size=16, patience=2)
    reference, own = Classifier(**parts("late")), HeadTraining(**parts("late"))
    train_stage(reference, *loaders(4), settings, tmp_path / "lightning", late_epoch=4)
    train_head(own, *loaders(4), settings, tmp_path / "own", late_epoch=4)
    assert own.history == reference.history
    assert same(own, reference)


class _Stop(Exception):  # noqa: N818
    pass


def stop_in(epoch: int, history: list[dict[str, float]]):
    """A hook of the head that stops in the middle of an epoch."""
    calls = itertools.count()

    def stop(module: nn.Module, inputs: object) -> None:
        if module.training and len(history) == epoch and next(calls) == 1:
            raise _Stop

    return stop


@pytest.mark.parametrize("epochs", [1, 4, 7])
@pytest.mark.parametrize("by", ["own", "lightning"])
def test_interrupted_by_itself_or_under_lightning_it_ends_in_the_same_weights(
    tmp_path: Path, epochs: int, by: str
) -> None:
    whole = HeadTraining(**parts("late"))
    train_head(whole, *loaders(4), SETTINGS, tmp_path / "whole", late_epoch=4)
    cut: Any = (HeadTraining if by == "own" else Classifier)(**parts("late"))
    cut.network.head.register_forward_pre_hook(stop_in(epochs, cut.history))
    train: Any = train_head if by == "own" else train_stage
    with pytest.raises(_Stop):
        train(cut, *loaders(4), SETTINGS, tmp_path / "cut", late_epoch=4)
    kept = torch.load(tmp_path / "cut" / LAST, weights_only=True)
    assert kept["epoch"] == epochs - 1
    resumed = HeadTraining(**parts("late"))
    torch.manual_seed(epochs)  # where the random state stands must not matter
    train_head(resumed, *loaders(4), SETTINGS, tmp_path / "cut", late_epoch=4)
    assert resumed.history == whole.history
    assert same(resumed, whole)


def test_a_stage_that_ran_out_of_patience_before_a_kill_is_not_trained_further(tmp_path: Path) -> None:
    settings = TrainerSettings(accelerator="cpu", batch_size=16, patience=1, monitor="val/loss")
    whole = HeadTraining(**parts())
    train_head(whole, *loaders(), settings, tmp_path)
    assert len(whole.history) < STAGE.epochs
    (tmp_path / DONE).unlink()
    again = HeadTraining(**parts())
    train_head(again, *loaders(), settings, tmp_path)
    assert again.history == whole.history
    assert same(again, whole)


def test_a_stage_that_is_done_is_loaded_and_not_trained_again(tmp_path: Path) -> None:
    first, second = HeadTraining(**parts()), HeadTraining(**parts())
    train_head(first, *loaders(), SETTINGS, tmp_path)
    changed = (tmp_path / LAST).stat().st_mtime_ns
    train_head(second, *loaders(), SETTINGS, tmp_path)
    assert (tmp_path / LAST).stat().st_mtime_ns == changed
    assert second.history == first.history
    assert same(second, first)


def test_a_frozen_backbone_is_the_same_after_training(tmp_path: Path) -> None:
    model = HeadTraining(**parts())
    before = model.network.backbone.digest
    train_head(model, *loaders(), SETTINGS, tmp_path)
    assert model.network.backbone.digest == before


class Impatient:
    """A trial that is given up after its third report."""

    number = 7

    def __init__(self) -> None:
        self.reports: list[tuple[int, dict[str, float]]] = []

    def started(self, run_id: str) -> None:
        pass

    def report(self, metrics: Mapping[str, float], epoch: int) -> str | None:
        self.reports.append((epoch, dict(metrics)))
        return "behind" if len(self.reports) == 3 else None


def test_a_trial_gets_the_reports_that_lightning_gives_and_leaves_no_files(tmp_path: Path) -> None:
    trials, log = (Impatient(), Impatient()), Log()
    reference, report = Classifier(**parts()), [EpochReport(first_epoch=10)]
    with trial_of(trials[0]), pytest.raises(Pruned, match="behind"):
        train_stage(reference, *loaders(), SETTINGS, tmp_path / "lightning", callbacks=report)
    own = HeadTraining(**parts())
    with trial_of(trials[1]), pytest.raises(Pruned, match="behind"):
        train_head(own, *loaders(), SETTINGS, tmp_path / "own", log=log, first_epoch=10, resumable=False)
    assert trials[1].reports == trials[0].reports
    assert list(log.rows) == [0, 1, 2]
    assert "train/loss" not in log.rows[2], "the epoch that was given up has val metrics alone"
    assert not list((tmp_path / "own").iterdir())


def test_a_loss_that_is_not_a_number_stops_training_and_names_the_rate(tmp_path: Path) -> None:
    model = HeadTraining(**{**parts(), "optimizer": functools.partial(torch.optim.AdamW, lr=1e38)})
    with pytest.raises(TrainingError, match=r"training loss of epoch \d .*lower .*this stage: 1e\+38"):
        train_head(model, *loaders(), SETTINGS, tmp_path)


def test_weights_that_diverge_in_the_last_step_are_refused_for_what_they_are(tmp_path: Path) -> None:
    made_of = {**parts(), "optimizer": functools.partial(torch.optim.AdamW, lr=3e37)}
    made_of["stage"] = dataclasses.replace(made_of["stage"], epochs=1)
    for _ in range(2):  # the second call loads what the first one has kept
        model = HeadTraining(**made_of)
        with pytest.raises(TrainingError, match=r"validation loss of epoch 0 .* is (nan|inf)"):
            train_head(model, *loaders(batch=999), SETTINGS, tmp_path)


@pytest.mark.parametrize("seed", range(20))
def test_scores_are_those_of_torchmetrics_to_the_last_bit(seed: int) -> None:
    from torchmetrics.functional.classification import multiclass_accuracy, multiclass_f1_score

    rng = np.random.default_rng(seed)
    classes = int(rng.integers(2, 9))
    some = rng.choice(classes, size=int(rng.integers(1, classes + 1)), replace=False)  # some classes never occur
    labels, predicted = (torch.from_numpy(rng.choice(some, size=57)) for _ in range(2))
    f1 = multiclass_f1_score(predicted, labels, classes, average="macro")
    assert torch.equal(macro_f1(predicted, labels, classes), f1)
    assert torch.equal(accuracy(predicted, labels), multiclass_accuracy(predicted, labels, classes, average="micro"))


def test_a_metric_that_is_no_number_is_never_an_improvement_and_ends_patience() -> None:
    watch = BestEpoch("val/loss", "min", 5, first=0)
    rows = [{"epoch": epoch, "val/loss": value} for epoch, value in enumerate([2.0, 1.0, float("nan")])]
    assert [watch.better(row) for row in rows] == [True, True, False]
    assert watch.stop


@pytest.mark.parametrize(
    "other",
    [
        {"accelerator": "gpu"},
        {"devices": 2},
        {"strategy": "ddp"},
        {"precision": "bf16-mixed"},
        {"compile": True},
    ],
)
def test_what_asks_for_a_trainer_gets_lightning(other: dict[str, Any]) -> None:
    assert suits(STAGE, SETTINGS)
    assert not suits(STAGE, TrainerSettings(**{"accelerator": "cpu", **other}))
    assert not suits(Stage("finetune", 1, "images"), SETTINGS)


def test_a_head_is_trained_without_lightning_torchmetrics_and_the_compiler() -> None:
    code = """
import functools, pathlib, sys, tempfile, types
import numpy, torch
from assay.embeddings.dataset import EmbeddingDataset, embedding_loader
from assay.models.finetune.stage import Stage
from assay.models.head import LinearHead
from assay.models.head_loop import train_head
from assay.models.head_training import HeadTraining
from assay.models.losses.cross_entropy import CrossEntropy
from assay.models.schedules import Cosine
from assay.models.trainer_settings import TrainerSettings

class Network(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.backbone, self.head = torch.nn.Identity(), LinearHead(4, 2)

data = EmbeddingDataset(numpy.ones((1, 8, 4), numpy.float32), numpy.arange(8) % 2)
loader = embedding_loader(data, 4)
optimizer = functools.partial(torch.optim.AdamW, lr=0.1)
training = HeadTraining(Network(), Stage("head", 2, "embeddings"), CrossEntropy(), optimizer, Cosine())
settings = TrainerSettings(accelerator="cpu")
train_head(training, loader, loader, settings, pathlib.Path(tempfile.mkdtemp()))
assert len(training.history) == 2
heavy = {"pytorch_lightning", "torchmetrics", "torchvision", "timm", "torch._dynamo"} & set(sys.modules)
assert not heavy, heavy
"""
    subprocess.run([sys.executable, "-c", code], check=True)
