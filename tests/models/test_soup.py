from __future__ import annotations

import functools
from pathlib import Path

import numpy as np
import pytest
import pytorch_lightning as pl
import torch
from sklearn.metrics import f1_score
from torch.utils.data import DataLoader, TensorDataset

from assay.config.check import check
from assay.config.compose import compose
from assay.errors import ConfigError
from assay.models.backbone import build_backbone
from assay.models.classifier import Classifier
from assay.models.finetune.stage import Stage
from assay.models.head import LinearHead
from assay.models.losses.cross_entropy import CrossEntropy
from assay.models.network import Network
from assay.models.schedules import Cosine
from assay.models.soup import cook, measure_batch_norm
from assay.models.trainer_settings import TrainerSettings
from assay.models.training import train_stage
from assay.models.val_scores import scores_of

SETTINGS = TrainerSettings(accelerator="cpu", patience=None, batch_size=16, monitor="val/loss", soup=3)
FULL = Stage("full", 5, "images", lr_factor=1.0)


def network(seed: int = 0) -> Network:
    torch.manual_seed(seed)
    backbone = build_backbone("baseline_cnn", "none")
    return Network(backbone, LinearHead(backbone.embedding_dim, 3))


def loader(count: int, seed: int) -> DataLoader:
    rng = np.random.default_rng(seed)
    labels = np.arange(count) % 3
    pictures = rng.integers(0, 200, (count, 3, 16, 16))
    pictures[np.arange(count), labels] += 40
    data = TensorDataset(torch.from_numpy(pictures.astype(np.uint8)), torch.from_numpy(labels))
    return DataLoader(data, batch_size=16)


def classifier() -> Classifier:
    optimizer = functools.partial(torch.optim.AdamW, lr=3e-3)
    return Classifier(network(), FULL, loss=CrossEntropy(), optimizer=optimizer, schedule=Cosine(), seed=3)


class Watch(pl.Callback):
    """Keeps the weights of every epoch."""

    def __init__(self) -> None:
        self.weights: list[dict[str, torch.Tensor]] = []

    def on_train_epoch_end(self, trainer: pl.Trainer, pl_module: pl.LightningModule) -> None:
        state = pl_module.network.state_dict()
        self.weights.append({name: value.clone() for name, value in state.items()})


def val_loss(weights: Network, val: DataLoader) -> float:
    with torch.no_grad():
        losses = [torch.nn.functional.cross_entropy(weights(x), y, reduction="none") for x, y in val]
    return float(torch.cat(losses).mean())


@pytest.mark.parametrize(
    ("values", "taken"),
    [
        ({(7,): 0.8, (7, 2): 0.9, (7, 2, 5): 0.85}, (7, 2)),
        ({(7,): 0.8, (7, 2): 0.7, (7, 5): 0.8}, (7, 5)),
        ({(7,): 0.8, (7, 2): 0.7, (7, 5): 0.6}, (7,)),
    ],
)
def test_an_epoch_goes_in_where_val_gets_no_worse_and_the_weights_are_the_mean(
    values: dict[tuple[int, ...], float], taken: tuple[int, ...]
) -> None:
    model = network()
    ingredients = {epoch: network(epoch).state_dict() for epoch in (7, 2, 5)}
    asked = iter(values.values())
    settled: list[str] = []
    soup = cook(model, ingredients, [7, 2, 5], lambda: next(asked), lambda: settled.append("x"), "val/macro_f1")
    assert (soup.epochs, soup.tried) == (taken, (7, 2, 5))
    assert soup.value == values[taken]
    assert soup.alone == 0.8
    name = "head.linear.weight"
    mean = np.mean([ingredients[epoch][name].numpy() for epoch in taken], axis=0)
    np.testing.assert_allclose(model.state_dict()[name].numpy(), mean, atol=1e-7)
    assert len(settled) == 2 + (len(taken) > 1)


def test_a_stage_ends_in_the_mean_of_its_best_epochs_and_is_no_worse_on_val_than_the_best(tmp_path: Path) -> None:
    model, watch, val = classifier(), Watch(), loader(48, 1)
    train_stage(model, loader(48, 0), val, SETTINGS, tmp_path, callbacks=[watch])
    soup = model.soup
    assert soup is not None
    assert len(soup.tried) == 3
    best = min(model.history, key=lambda row: row["val/loss"])
    assert soup.epochs[0] == best["epoch"]
    assert sorted(soup.tried) == sorted(np.argsort([row["val/loss"] for row in model.history])[:3].tolist())
    reached = val_loss(model.network.eval(), val)
    assert reached <= best["val/loss"] + 1e-6
    assert reached == pytest.approx(soup.value, abs=1e-6)
    name = "head.linear.weight"
    mean = np.mean([watch.weights[epoch][name].numpy() for epoch in soup.epochs], axis=0)
    np.testing.assert_allclose(model.network.state_dict()[name].numpy(), mean, atol=1e-7)
    assert not list(tmp_path.glob("ingredient*"))
    assert "trainer.soup" in soup.sentence("full", first=0)


class _Stop(Exception):  # noqa: N818
    pass


@pytest.mark.parametrize("epoch", [2, 4])
def test_interrupted_it_ends_in_the_same_average(tmp_path: Path, epoch: int) -> None:
    whole = classifier()
    train_stage(whole, loader(48, 0), loader(48, 1), SETTINGS, tmp_path / "whole")
    cut = classifier()

    def stop(module: object, inputs: object) -> None:
        if cut.network.training and cut.current_epoch == epoch:
            raise _Stop

    cut.network.head.register_forward_pre_hook(stop)
    with pytest.raises(_Stop):
        train_stage(cut, loader(48, 0), loader(48, 1), SETTINGS, tmp_path / "cut")
    resumed = classifier()
    train_stage(resumed, loader(48, 0), loader(48, 1), SETTINGS, tmp_path / "cut")
    assert resumed.soup == whole.soup
    state = resumed.network.state_dict()
    assert all(torch.equal(value, state[name]) for name, value in whole.network.state_dict().items())


def test_statistics_of_batch_norm_are_those_of_the_averaged_weights_over_the_training_images() -> None:
    model, train = network(), loader(48, 0)
    first, *_, last = [part for part in model.modules() if isinstance(part, torch.nn.BatchNorm2d)]
    last.requires_grad_(False)
    kept = last.running_mean.clone()
    seen: list[torch.Tensor] = []
    handle = first.register_forward_pre_hook(lambda _, inputs: seen.append(inputs[0].detach()))
    momentum = first.momentum
    measure_batch_norm(model, train, 0)
    handle.remove()
    means = torch.stack([batch.mean((0, 2, 3)) for batch in seen])
    variances = torch.stack([batch.var((0, 2, 3)) for batch in seen])
    torch.testing.assert_close(first.running_mean, means.mean(0), rtol=1e-4, atol=1e-5)
    torch.testing.assert_close(first.running_var, variances.mean(0), rtol=1e-4, atol=1e-5)
    assert torch.equal(last.running_mean, kept), "frozen, so it had not followed the batches"
    assert first.momentum == momentum
    assert not model.training


def test_macro_f1_is_that_of_scikit_learn() -> None:
    model, val = network(), loader(48, 1)
    predicted = torch.cat([model.eval()(pictures).argmax(1) for pictures, _ in val])
    labels = torch.cat([labels for _, labels in val])
    expected = f1_score(labels, predicted, average="macro")
    assert scores_of(model, val)["val/macro_f1"] == pytest.approx(expected, abs=1e-6)


def test_epochs_are_not_averaged_where_only_a_head_is_trained() -> None:
    with pytest.raises(ConfigError, match="use finetune=two_stage"):
        check(compose(["trainer.soup=3"]))
