"""What starts in the middle of a training: class weights, samplers, a new head."""

from __future__ import annotations

import functools
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import nn

from assay.data.sampler.weighted import Weighted
from assay.embeddings.dataset import EmbeddingDataset, embedding_loader
from assay.models.backbone import build_backbone
from assay.models.classifier import Classifier
from assay.models.finetune.retrain_classifier import RetrainClassifier
from assay.models.finetune.stage import Stage
from assay.models.head import CosineHead, Head, LinearHead
from assay.models.losses.cross_entropy import CrossEntropy
from assay.models.losses.ldam_drw import LdamDrw
from assay.models.network import Network
from assay.models.saved_head import head_from_state
from assay.models.schedules import Constant
from assay.models.trainer_settings import TrainerSettings
from assay.models.training import train_stage

LABELS = np.repeat([0, 1, 2], [40, 15, 5])
VECTORS = np.random.default_rng(0).normal(size=(1, 60, 256)).astype(np.float32)
STAGE = Stage("head", 8, "embeddings", blocks=0)
SETTINGS = TrainerSettings(accelerator="cpu", patience=2, batch_size=16)


def classifier(loss: nn.Module, lr: float = 1e-2) -> Classifier:
    torch.manual_seed(0)
    network = Network(build_backbone("baseline_cnn", "none"), CosineHead(256, 3))
    optimizer = functools.partial(torch.optim.AdamW, lr=lr)
    return Classifier(network, STAGE, loss=loss, optimizer=optimizer, schedule=Constant(), seed=3)


def ldam() -> LdamDrw:
    return LdamDrw(start_epoch=4, labels=LABELS, classes=3)


def loaders(start: int = 4):
    train = EmbeddingDataset(VECTORS, LABELS)
    sampler = Weighted(LABELS, start)
    return embedding_loader(train, 16, sampler=sampler), embedding_loader(EmbeddingDataset(VECTORS, LABELS), 64)


def head(model: Classifier) -> list[torch.Tensor]:
    return [value.clone() for value in model.network.head.state_dict().values()]


@pytest.mark.parametrize("killed_in", [2, 4, 5])
def test_resumed_before_in_or_after_the_first_late_epoch_it_ends_in_the_same_weights(
    tmp_path: Path, killed_in: int
) -> None:
    whole = classifier(ldam())
    train_stage(whole, *loaders(), SETTINGS, tmp_path / "whole", late_epoch=4)
    cut = classifier(ldam())

    def stop(module: nn.Module, inputs: object) -> None:
        if cut.current_epoch == killed_in and cut.trainer.fit_loop.epoch_loop.batch_idx >= 1:
            raise InterruptedError

    cut.network.head.register_forward_pre_hook(stop)
    with pytest.raises(InterruptedError):
        train_stage(cut, *loaders(), SETTINGS, tmp_path / "cut", late_epoch=4)
    resumed = classifier(ldam())
    train_stage(resumed, *loaders(), SETTINGS, tmp_path / "cut", late_epoch=4)
    assert resumed.history == whole.history
    assert all(torch.equal(old, new) for old, new in zip(head(resumed), head(whole), strict=True))


def test_the_loss_is_told_each_epoch(tmp_path: Path) -> None:
    told = []

    class Listening(CrossEntropy):
        def set_epoch(self, epoch: int, epochs: int) -> None:
            told.append((epoch, epochs))

    model = classifier(Listening())
    settings = TrainerSettings(accelerator="cpu", patience=None, batch_size=16)
    train_stage(model, *loaders(), settings, tmp_path)
    assert told == [(epoch, 8) for epoch in range(8)]


@pytest.mark.parametrize(("first", "epochs"), [(0, 3), (4, 7)])
def test_patience_begins_to_count_where_the_late_part_begins(tmp_path: Path, first: int, epochs: int) -> None:
    model = classifier(CrossEntropy(), lr=0.0)
    train_stage(model, *loaders(), SETTINGS, tmp_path, late_epoch=first)
    assert len(model.history) == epochs  # the first to compare with, and two without anything better


@pytest.mark.parametrize("first", [0, 5])
def test_the_best_weights_are_those_of_a_late_epoch(tmp_path: Path, first: int) -> None:
    settings = TrainerSettings(accelerator="cpu", patience=None, batch_size=16)
    train_stage(classifier(CrossEntropy(), lr=0.0), *loaders(), settings, tmp_path, late_epoch=first)
    assert torch.load(tmp_path / "best.ckpt", weights_only=True)["epoch"] == first  # of equals, the first compared


def test_a_cosine_head_knows_directions_alone() -> None:
    torch.manual_seed(0)
    made = CosineHead(6, 3, scale=10.0)
    vectors = torch.randn(5, 6)
    expected = torch.cosine_similarity(vectors[:, None], made.weight[None], dim=2) * 10
    torch.testing.assert_close(made(vectors), expected)
    torch.testing.assert_close(made(7 * vectors), expected)
    made.weight.data *= torch.tensor([[0.1], [1.0], [50.0]])
    torch.testing.assert_close(made(vectors), expected)
    assert torch.equal(made(torch.zeros(1, 6)), torch.zeros(1, 3))


@pytest.mark.parametrize("made", [LinearHead(4, 3, dropout=0.2), CosineHead(4, 3, scale=12.0)])
def test_a_head_is_made_again_from_what_it_says_about_itself(made: Head) -> None:
    made.fit_(torch.randn(9, 4))
    again = head_from_state(made.state(), 4, 3)
    again.load_state_dict(made.state_dict())
    vectors = torch.randn(5, 4)
    assert torch.equal(again.eval()(vectors), made.eval()(vectors))
    assert again.state() == made.state()


def test_a_new_head_forgets_its_weights_and_keeps_its_statistics() -> None:
    made = LinearHead(4, 3)
    made.fit_(torch.randn(9, 4))
    mean, old = made.standardize.mean.clone(), made.linear.weight.clone()
    made.linear.bias.data += 1
    torch.manual_seed(1)
    made.reset_()
    assert not torch.equal(made.linear.weight, old)
    assert torch.equal(made.linear.bias, torch.zeros(3))
    assert torch.equal(made.standardize.mean, mean)


def test_the_classifier_is_retrained_on_balanced_data_after_natural_stages() -> None:
    stages = RetrainClassifier().stages()
    assert [stage.sampling for stage in stages] == ["shuffle", "shuffle", "balanced"]
    assert [stage.inputs for stage in stages] == ["embeddings", "images", "embeddings"]
    assert [stage.new_head for stage in stages] == [False, False, True]
    assert [stage.name for stage in RetrainClassifier(head_epochs=0).stages()] == ["finetune", "classifier"]
