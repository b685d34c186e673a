from __future__ import annotations

import functools
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import nn

from assay.data.sampler.shuffle import Shuffle
from assay.embeddings.dataset import EmbeddingDataset, embedding_loader
from assay.errors import TrainingError
from assay.models.backbone import build_backbone
from assay.models.classifier import Classifier
from assay.models.epoch_report import EpochReport
from assay.models.epochs import BEST, LAST, as_scores, derived_seed
from assay.models.finetune.stage import Stage
from assay.models.head import LinearHead
from assay.models.losses.cross_entropy import CrossEntropy
from assay.models.network import Network
from assay.models.pruning import Pruned, trial_of
from assay.models.schedules import Cosine
from assay.models.trainer_settings import TrainerSettings
from assay.models.training import train_stage

DIMENSION = 256
CLASSES = 3
HEAD = Stage("head", 6, "embeddings", blocks=0)


def network() -> Network:
    torch.manual_seed(0)
    return Network(build_backbone("baseline_cnn", "none"), LinearHead(DIMENSION, CLASSES, dropout=0.3))


def classifier(stage: Stage = HEAD, lr: float = 1e-2) -> Classifier:
    optimizer = functools.partial(torch.optim.AdamW, lr=lr)
    return Classifier(network(), stage, loss=CrossEntropy(), optimizer=optimizer, schedule=Cosine(), seed=3)


def loaders(batch: int = 16):
    rng = np.random.default_rng(0)
    labels = np.arange(90) % CLASSES
    vectors = rng.normal(0, 1, (1, 90, DIMENSION)).astype(np.float32)
    vectors[0, np.arange(90), labels] += 3
    train = EmbeddingDataset(vectors[:, :60], labels[:60])
    val = EmbeddingDataset(vectors[:, 60:], labels[60:])
    return embedding_loader(train, batch, sampler=Shuffle(labels[:60], seed=0)), embedding_loader(val, 64)


SETTINGS = TrainerSettings(accelerator="cpu", patience=None, batch_size=16)


def weights(model: Classifier) -> dict[str, torch.Tensor]:
    return {name: value.clone() for name, value in model.network.head.state_dict().items()}


def test_a_stage_learns_and_leaves_the_weights_that_were_best_on_val(tmp_path: Path) -> None:
    model = classifier()
    train_stage(model, *loaders(), SETTINGS, tmp_path)
    assert [row["epoch"] for row in model.history] == list(range(6))
    assert model.history[-1]["train/loss"] < model.history[0]["train/loss"] / 2
    best = max(model.history, key=lambda row: row["val/macro_f1"])
    kept = torch.load(tmp_path / BEST, weights_only=True)
    assert kept["epoch"] == best["epoch"]
    assert all(torch.equal(kept["state_dict"][f"network.head.{name}"], value) for name, value in weights(model).items())


def test_a_frozen_backbone_is_the_same_after_training(tmp_path: Path) -> None:
    model = classifier()
    before = model.network.backbone.digest
    train_stage(model, *loaders(), SETTINGS, tmp_path)
    assert model.network.backbone.digest == before


def test_a_stage_that_is_done_is_loaded_and_not_trained_again(tmp_path: Path) -> None:
    first, second = classifier(), classifier()
    train_stage(first, *loaders(), SETTINGS, tmp_path)
    changed = (tmp_path / LAST).stat().st_mtime_ns
    train_stage(second, *loaders(), SETTINGS, tmp_path)
    assert (tmp_path / LAST).stat().st_mtime_ns == changed
    assert second.history == first.history
    assert all(torch.equal(value, weights(second)[name]) for name, value in weights(first).items())


@pytest.mark.parametrize("workers", [0, 1])
def test_interrupted_after_any_epoch_it_ends_in_the_same_weights(tmp_path: Path, workers: int) -> None:
    whole = classifier()
    train_stage(whole, *read_by(workers), SETTINGS, tmp_path / "whole")
    for epochs in (1, 3):
        folder = tmp_path / str(epochs)
        cut = classifier()
        cut.network.head.register_forward_pre_hook(_stops_in_epoch(cut, epochs))
        with pytest.raises(_Stop):
            train_stage(cut, *read_by(workers), SETTINGS, folder)
        resumed = classifier()
        torch.manual_seed(epochs)  # where the random state stands must not matter
        train_stage(resumed, *read_by(workers), SETTINGS, folder)
        assert resumed.history == whole.history
        assert all(torch.equal(value, weights(resumed)[name]) for name, value in weights(whole).items())


def read_by(workers: int):
    """The loaders, reading ahead in a process where asked: as soon as an iterator is made, before any hook runs."""
    train, val = loaders()
    if not workers:
        return train, val
    again = torch.utils.data.DataLoader(
        train.dataset, 16, sampler=train.sampler, num_workers=workers, collate_fn=train.collate_fn
    )
    return again, val


class _Stop(Exception):  # noqa: N818
    pass


def _stops_in_epoch(model: Classifier, epoch: int):
    def stop(module: nn.Module, inputs: object) -> None:
        if model.current_epoch == epoch and model.trainer.fit_loop.epoch_loop.batch_idx >= 1:
            raise _Stop

    return stop


def test_ctrl_c_in_training_is_a_keyboard_interrupt_again(tmp_path: Path) -> None:
    model = classifier()

    def interrupt(module: nn.Module, inputs: object) -> None:
        raise KeyboardInterrupt

    model.network.head.register_forward_pre_hook(interrupt)
    with pytest.raises(KeyboardInterrupt):
        train_stage(model, *loaders(), SETTINGS, tmp_path)


class Impatient:
    """A trial that is given up after its third report."""

    number = 7

    def __init__(self) -> None:
        self.heard: list[tuple[int, float]] = []

    def started(self, run_id: str) -> None:
        pass

    def report(self, metrics: Mapping[str, float], epoch: int) -> str | None:
        self.heard.append((epoch, metrics["val/macro_f1"]))
        return "behind" if len(self.heard) == 3 else None


def test_a_trial_hears_of_each_epoch_and_stops_training_when_it_is_given_up(tmp_path: Path) -> None:
    trial, model = Impatient(), classifier()
    with trial_of(trial), pytest.raises(Pruned, match="behind"):
        train_stage(model, *loaders(), SETTINGS, tmp_path / "trial", callbacks=[EpochReport(first_epoch=10)])
    assert [epoch for epoch, _ in trial.heard] == [10, 11, 12]
    assert [value for _, value in trial.heard[:2]] == [row["val/macro_f1"] for row in model.history]
    alone = classifier()
    train_stage(alone, *loaders(), SETTINGS, tmp_path / "alone", callbacks=[EpochReport()])
    assert len(alone.history) > 3
    assert len(trial.heard) == 3


def test_a_loss_that_is_not_a_number_stops_training_and_names_the_rate(tmp_path: Path) -> None:
    with pytest.raises(TrainingError, match=r"training loss of epoch \d .*lower .*this stage: 1e\+38"):
        train_stage(classifier(lr=1e38), *loaders(), SETTINGS, tmp_path)


def test_weights_that_diverge_in_the_last_step_are_refused_for_what_they_are(tmp_path: Path) -> None:
    whole = loaders(batch=60)
    for number in range(2):  # a second call loads what the first one has kept
        model = classifier(Stage("head", 1, "embeddings", blocks=0), lr=3e37)
        with pytest.raises(TrainingError, match=r"validation loss of epoch 0 of stage head is (nan|inf)"):
            train_stage(model, *whole, SETTINGS, tmp_path)
        assert len(model.history) == 1, number
        assert np.isfinite(model.history[0]["train/loss"])


def test_an_epoch_whose_answers_are_no_numbers_is_never_the_best() -> None:
    """All answers that are not a number count as the first class, which here is the only one on val."""
    scores = as_scores(torch.tensor(torch.nan), macro_f1=torch.tensor(1.0), accuracy=torch.tensor(1.0))
    assert list(scores) == ["val/loss", "val/macro_f1", "val/accuracy"]
    assert all(value.isnan() for value in scores.values())
    kept = as_scores(torch.tensor(0.5), macro_f1=torch.tensor(1.0), accuracy=torch.tensor(0.75))
    assert [float(value) for value in kept.values()] == [0.5, 1.0, 0.75]


def test_training_in_full_moves_batch_norm_and_last_blocks_leaves_the_first_alone(tmp_path: Path) -> None:
    pictures = torch.randint(0, 256, (12, 3, 32, 32), dtype=torch.uint8)
    labels = torch.arange(12) % CLASSES
    data = torch.utils.data.DataLoader(torch.utils.data.TensorDataset(pictures, labels), batch_size=6)
    for blocks in (None, 1):
        model = classifier(Stage("finetune", 1, "images", blocks=blocks))
        before = [_state(block) for block in model.network.backbone.blocks]
        train_stage(model, data, data, SETTINGS, tmp_path / str(blocks))
        after = [_state(block) for block in model.network.backbone.blocks]
        same = [torch.equal(old, new) for old, new in zip(before, after, strict=True)]
        assert same[0] is (blocks is not None)
        assert same[-1] is False


def test_a_backbone_that_was_frozen_in_one_stage_trains_in_the_next(tmp_path: Path) -> None:
    model = classifier()
    train_stage(model, *loaders(), SETTINGS, tmp_path / "head")
    before = [_state(block) for block in model.network.backbone.blocks]
    pictures = torch.randint(0, 256, (12, 3, 32, 32), dtype=torch.uint8)
    data = torch.utils.data.DataLoader(torch.utils.data.TensorDataset(pictures, torch.arange(12) % 3), batch_size=6)
    optimizer = functools.partial(torch.optim.AdamW, lr=1e-2)
    stage = Stage("finetune", 1, "images")
    second = Classifier(model.network, stage, loss=CrossEntropy(), optimizer=optimizer, schedule=Cosine(), seed=3)
    statistics = model.network.backbone.state_dict()
    running = {name: value.clone() for name, value in statistics.items() if "running_mean" in name}
    train_stage(second, data, data, SETTINGS, tmp_path / "finetune")
    after = [_state(block) for block in model.network.backbone.blocks]
    assert not any(torch.equal(old, new) for old, new in zip(before, after, strict=True))
    assert running
    assert not any(torch.equal(value, model.network.backbone.state_dict()[name]) for name, value in running.items())


def test_held_batch_norm_keeps_its_statistics_while_its_weights_train(tmp_path: Path) -> None:
    pictures = torch.randint(0, 256, (12, 3, 32, 32), dtype=torch.uint8)
    data = torch.utils.data.DataLoader(torch.utils.data.TensorDataset(pictures, torch.arange(12) % 3), batch_size=6)
    model = classifier(Stage("finetune", 2, "images", batch_norm="frozen"))
    before = {name: value.clone() for name, value in model.network.backbone.state_dict().items()}
    train_stage(model, data, data, SETTINGS, tmp_path)
    after = model.network.backbone.state_dict()
    changed = {name for name, value in before.items() if not torch.equal(value, after[name])}
    assert changed
    assert not any("running_" in name for name in changed)


def _state(block: nn.Module) -> torch.Tensor:
    return torch.cat([value.detach().flatten().float() for value in (*block.parameters(), *block.buffers())])


def test_seeds_differ_between_epochs_and_stages_and_are_always_the_same() -> None:
    seeds = {derived_seed(0, stage, epoch) for stage in ("head", "finetune") for epoch in range(100)}
    assert len(seeds) == 200
    assert derived_seed(0, "head", 0) == derived_seed(0, "head", 0)
    assert all(0 <= seed < 2**63 for seed in seeds)


@pytest.mark.slow
def test_two_processes_train_together_and_both_see_every_image_once(tmp_path: Path) -> None:
    model = classifier()
    settings = TrainerSettings(accelerator="cpu", devices=2, strategy="ddp", patience=None, batch_size=8)
    train_stage(model, *loaders(8), settings, tmp_path)
    assert len(model.history) == 6
    assert model.history[-1]["train/loss"] < model.history[0]["train/loss"] / 2
    steps = torch.load(tmp_path / LAST, weights_only=True)["global_step"]
    assert steps == 6 * 4  # 60 images, two processes, batches of 8
