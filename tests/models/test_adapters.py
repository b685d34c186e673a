"""Low-rank adapters: what they leave alone, what they learn, and that nothing of them is left."""

from __future__ import annotations

import functools
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import Tensor, nn
from torch.utils.data import DataLoader, TensorDataset

from assay.config.check import check
from assay.config.compose import compose
from assay.errors import ConfigError
from assay.models.adapters import adaptable_layers, insert_adapters, merge_adapters
from assay.models.backbone import build_backbone
from assay.models.classifier import Classifier
from assay.models.finetune.adapter import Adapter
from assay.models.finetune.stage import LowRank
from assay.models.head import LinearHead
from assay.models.losses.cross_entropy import CrossEntropy
from assay.models.network import Network
from assay.models.schedules import Cosine
from assay.models.trainer_settings import TrainerSettings
from assay.models.training import train_stage

STAGE = Adapter(epochs=3, rank=2).stages()[1]
SETTINGS = TrainerSettings(accelerator="cpu", patience=None, batch_size=8)


@pytest.fixture
def peft() -> None:
    pytest.importorskip("peft")


def network() -> Network:
    torch.manual_seed(0)
    backbone = build_backbone("test_vit", "none", image_size=32)
    return Network(backbone, LinearHead(backbone.embedding_dim, 2))


def loader() -> DataLoader[tuple[Tensor, ...]]:
    labels = torch.arange(16) % 2
    noise = np.random.default_rng(0).integers(0, 120, (16, 3, 32, 32))
    pictures = torch.from_numpy((noise + 120 * labels.numpy()[:, None, None, None] * np.eye(32)).astype(np.uint8))
    return DataLoader(TensorDataset(pictures, labels), 8)


def classifier(net: Network) -> Classifier:
    optimizer = functools.partial(torch.optim.AdamW, lr=1e-2)
    return Classifier(net, STAGE, loss=CrossEntropy(), optimizer=optimizer, schedule=Cosine(), seed=3)


def trained(folder: Path, *, stops: bool = False) -> Network:
    net = network()
    insert_adapters(net.backbone, STAGE.adapter, 3)
    model = classifier(net)
    if stops:
        net.head.register_forward_pre_hook(functools.partial(_stop, model))
    train_stage(model, loader(), loader(), SETTINGS, folder)
    return net


class _Stop(Exception):  # noqa: N818
    pass


def _stop(model: Classifier, module: nn.Module, inputs: object) -> None:
    if model.current_epoch == 1 and module.training:
        raise _Stop


def test_a_backbone_with_new_adapters_computes_what_it_did(peft: None) -> None:
    net, pictures = network().eval(), loader().dataset.tensors[0]
    with torch.no_grad():
        before = net.embed(pictures)
        said = insert_adapters(net.backbone, LowRank(2, 4.0, 0.0), 3)
        assert torch.equal(net.eval().embed(pictures), before)
    layers = adaptable_layers(network().backbone)
    shapes = [network().backbone.model.get_submodule(name).weight.shape for name in layers]
    learned = sum(2 * (rows + columns) for rows, columns in shapes)
    assert f"{learned:,} parameters are trained" in said
    assert f"{sum(value.numel() for value in network().backbone.parameters()):,} of the backbone stay" in said


def test_training_moves_adapters_and_head_alone_and_merging_leaves_the_plain_network(
    peft: None, tmp_path: Path
) -> None:
    plain, net, pictures = network(), trained(tmp_path), loader().dataset.tensors[0]
    before = dict(plain.backbone.model.named_parameters())
    kept = {name.replace("base_layer.", ""): value for name, value in net.backbone.model.named_parameters()}
    assert all(torch.equal(value, before[name]) for name, value in kept.items() if "lora_" not in name)
    learned = [value for name, value in kept.items() if "lora_B" in name]
    assert learned
    assert all(value.abs().max() > 0 for value in learned), "every adapted layer is reached by gradients"
    with torch.no_grad():
        adapted = net.eval().embed(pictures)
        merge_adapters(net.backbone)
        merged = net.eval().embed(pictures)
    torch.testing.assert_close(merged, adapted, rtol=1e-4, atol=1e-5)
    assert (merged - plain.eval().embed(pictures)).abs().max() > 1e-3
    assert list(net.state_dict()) == list(plain.state_dict())
    assert {type(module) for module in net.modules()} == {type(module) for module in plain.modules()}
    assert len(net.backbone.blocks) == len(plain.backbone.blocks)


def test_interrupted_it_ends_in_the_same_weights(peft: None, tmp_path: Path) -> None:
    whole = trained(tmp_path / "whole")
    with pytest.raises(_Stop):
        trained(tmp_path / "cut", stops=True)
    resumed = trained(tmp_path / "cut")
    assert all(torch.equal(value, whole.state_dict()[name]) for name, value in resumed.state_dict().items())


def test_a_network_without_attention_is_refused_and_the_way_that_is_named_is_taken() -> None:
    with pytest.raises(ConfigError, match=r"test_resnet has no blocks of attention.*finetune=two_stage"):
        adaptable_layers(build_backbone("test_resnet", "none"))
    check(compose(["finetune=two_stage", "model=timm", "model.name=test_resnet"]))


def test_without_its_package_it_is_refused_before_anything_starts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "peft", None)  # as where it is not installed
    with pytest.raises(ConfigError, match=r"finetune=adapter: peft is not installed; pip install .*peft"):
        check(compose(["finetune=adapter"]))


@pytest.mark.parametrize(
    "word",
    [
        *(f"finetune.rank={value}" for value in ("0", "-1", "2.5", "null")),
        *(f"finetune.alpha={value}" for value in ("0", "-1", "nan", "large")),
        *(f"finetune.dropout={value}" for value in ("-0.1", "1", "nan")),
        *(f"finetune.lr_factor={value}" for value in ("0", "-1", "inf")),
        *(f"finetune.epochs={value}" for value in ("0", "-1")),
    ],
)
def test_hostile_values_are_refused(word: str) -> None:
    with pytest.raises(ConfigError, match=word.partition("=")[0]):
        check(compose(["finetune=adapter", word]))
