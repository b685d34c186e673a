import math

import pytest
import torch
from torch import nn

from assay.errors import ConfigError
from assay.models.backbone import build_backbone
from assay.models.freezing import freeze, keep_frozen_in_eval, last_blocks, unfreeze
from assay.models.head import LinearHead
from assay.models.network import Network
from assay.models.parameter_groups import parameter_groups


@pytest.fixture
def network():
    torch.manual_seed(0)
    backbone = build_backbone("test_resnet", "none")
    return Network(backbone, LinearHead(backbone.embedding_dim, 3))


def train_a_step(network: Network) -> None:
    network.train()
    optimizer = torch.optim.SGD(parameter_groups(network, 0.1, 0.0))
    network(torch.randint(0, 256, (4, 3, 32, 32), dtype=torch.uint8)).square().sum().backward()
    optimizer.step()


def test_a_frozen_backbone_does_not_change_in_training_and_its_batch_norm_neither(network):
    freeze(network.backbone)
    digest = network.backbone.digest
    train_a_step(network)
    assert network.backbone.digest == digest
    assert network.head.training


def test_a_frozen_batch_norm_would_drift_without_the_guard(network):
    freeze(network.backbone)
    digest = network.backbone.digest
    for module in network.modules():
        module.training = True
    network.backbone(torch.randn(4, 3, 32, 32))
    assert network.backbone.digest != digest


def test_only_the_last_blocks_change_when_only_they_are_kept(network):
    freeze(network.backbone, keep=last_blocks(network.backbone, 2))
    before = [{name: value.clone() for name, value in block.state_dict().items()} for block in network.backbone.blocks]
    train_a_step(network)
    for index, block in enumerate(network.backbone.blocks):
        same = {name for name, value in block.state_dict().items() if torch.equal(value, before[index][name])}
        if index < 3:
            assert same == set(block.state_dict())
        else:
            assert not any(name.endswith("running_mean") for name in same)
            assert {name for name, _ in block.named_parameters()} - same


def test_a_block_in_training_keeps_its_batch_norm_in_training(network):
    freeze(network.backbone, keep=last_blocks(network.backbone, 1))
    network.train()
    modes = {name: m.training for name, m in network.backbone.model.named_modules() if isinstance(m, nn.BatchNorm2d)}
    assert {name for name, training in modes.items() if training} == {n for n in modes if n.startswith("layer4")}


def test_what_was_frozen_can_be_trained_again(network):
    freeze(network)
    assert not any(module.training for module in network.modules())
    unfreeze(network)
    assert all(module.training for module in network.modules())
    assert all(parameter.requires_grad for parameter in network.parameters())


def test_nothing_frozen_is_left_as_it_is(network):
    network.train()
    keep_frozen_in_eval(network)
    assert all(module.training for module in network.modules())


@pytest.mark.parametrize("count", [6, -1])
def test_more_blocks_than_there_are_is_an_error(network, count):
    with pytest.raises(ConfigError, match="test_resnet has 5 blocks"):
        last_blocks(network.backbone, count)


def test_no_block_is_kept_when_none_is_asked_for(network):
    assert last_blocks(network.backbone, 0) == []
    assert len(last_blocks(network.backbone, 5)) == 5


def test_groups_hold_every_parameter_once(network):
    groups = parameter_groups(network, 1e-3, 0.05, 0.7)
    grouped = [id(parameter) for group in groups for parameter in group["params"]]
    assert sorted(grouped) == sorted(id(parameter) for parameter in network.parameters())


def test_each_block_learns_slower_the_further_it_is_from_the_head(network):
    rate = {id(p): group["lr"] for group in parameter_groups(network, 1.0, 0.05, 0.5) for p in group["params"]}
    assert {rate[id(p)] for p in network.head.parameters()} == {1.0}
    for distance, block in enumerate(reversed(network.backbone.blocks), start=1):
        assert all(math.isclose(rate[id(p)], 0.5**distance) for p in block.parameters())


def test_norms_biases_and_positions_are_not_decayed():
    backbone = build_backbone("test_vit", "none")
    network = Network(backbone, LinearHead(backbone.embedding_dim, 3))
    names = {id(parameter): name for name, parameter in network.named_parameters()}
    groups = parameter_groups(network, 1e-3, 0.05)
    undecayed = {names[id(p)] for group in groups if group["weight_decay"] == 0 for p in group["params"]}
    assert {"backbone.model.pos_embed", "backbone.model.cls_token", "head.linear.bias"} <= undecayed
    rest = set(names.values()) - undecayed
    assert "head.linear.weight" in rest
    assert not any("norm" in name or name.endswith("bias") for name in rest)
    assert len(groups) == 2


def test_frozen_parameters_are_in_no_group(network):
    freeze(network.backbone)
    grouped = {id(p) for group in parameter_groups(network, 1e-3, 0.05, 0.5) for p in group["params"]}
    assert grouped == {id(p) for p in network.head.parameters()}
    freeze(network)
    with pytest.raises(ConfigError, match="nothing to train"):
        parameter_groups(network, 1e-3, 0.05)
