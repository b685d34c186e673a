import copy
import functools
from pathlib import Path

import pytest
import torch
from omegaconf import OmegaConf
from torch import nn

from assay.errors import ConfigError, WeightsError
from assay.models.backbone import build_backbone

OPTIONS = sorted(Path(__file__).parents[2].joinpath("conf/model").glob("*.yaml"))
NODES = [OmegaConf.load(path) for path in OPTIONS if path.stem not in ("timm", "ensemble")]
NAMED = [node.get("model", node)["name"] for node in NODES]
OTHER_FAMILIES = ["vit_tiny_patch16_224", "convnext_atto", "caformer_s18", "densenet121", "vgg11", "test_resnet"]


@functools.cache
def on_meta(name: str, **options):
    """The backbone without memory for its weights, so that every architecture is tried in a moment."""
    with torch.device("meta"):
        return build_backbone(name, "none", **options)


def test_every_option_names_a_network():
    assert len(NAMED) == len(OPTIONS) - 2


@pytest.mark.parametrize("name", NAMED + OTHER_FAMILIES)
def test_blocks_hold_every_parameter_once_from_input_to_output(name):
    backbone = on_meta(name)
    blocks = backbone.blocks
    in_blocks = [parameter for block in blocks for parameter in block.parameters()]
    assert len(blocks) >= 4
    assert len({id(parameter) for parameter in in_blocks}) == len(in_blocks)
    assert {id(parameter) for parameter in in_blocks} == {id(parameter) for parameter in backbone.parameters()}
    position = {id(parameter): index for index, parameter in enumerate(backbone.parameters())}
    firsts = [min(position[id(parameter)] for parameter in block.parameters()) for block in blocks]
    assert firsts == sorted(firsts)


@pytest.mark.parametrize("name", NAMED + OTHER_FAMILIES)
def test_blocks_hold_every_batch_norm(name):
    backbone = on_meta(name)
    kinds = nn.modules.batchnorm._BatchNorm
    in_blocks = {module for block in backbone.blocks for module in block.modules() if isinstance(module, kinds)}
    assert in_blocks == {module for module in backbone.modules() if isinstance(module, kinds)}


@pytest.mark.parametrize("name", NAMED + OTHER_FAMILIES)
def test_embeddings_have_the_stated_length(name):
    backbone = on_meta(name, image_size=224).eval()
    embeddings = backbone(torch.empty(2, 3, 224, 224, device="meta"))
    assert embeddings.shape == (2, backbone.embedding_dim)


def test_a_later_block_takes_the_output_of_an_earlier_one():
    backbone = build_backbone("test_resnet", "none").eval()
    seen = []
    for block in backbone.blocks:
        for module in block.children():
            module.register_forward_hook(lambda *_, name=block.name: seen.append(name))
    backbone(torch.zeros(1, 3, 64, 64))
    order = list(dict.fromkeys(seen))
    assert order == [block.name for block in backbone.blocks]


def test_blocks_are_parts_of_the_model_and_not_copies():
    backbone = build_backbone("test_vit", "none")
    backbone.blocks[0].requires_grad_(False)
    assert not backbone.model.cls_token.requires_grad
    assert not backbone.model.patch_embed.proj.weight.requires_grad
    assert backbone.model.blocks[0].attn.qkv.weight.requires_grad


def test_the_digest_changes_with_a_weight_and_with_a_statistic_and_with_nothing_else():
    backbone = build_backbone("baseline_cnn", "none")
    digest = backbone.digest
    assert len(digest) == 64
    twin = copy.deepcopy(backbone).eval().requires_grad_(False).to(memory_format=torch.channels_last)
    assert twin.digest == digest
    with torch.no_grad():
        twin.model.blocks[0][0].weight[0, 0, 0, 0] += 1e-6
    assert twin.digest != digest
    twin = copy.deepcopy(backbone)
    twin.model.blocks[3][1].running_var[5] += 1e-6
    assert twin.digest != digest
    assert copy.deepcopy(backbone).double().digest != digest


def test_the_digest_depends_on_the_architecture_and_not_on_where_its_weights_came_from(tmp_path):
    backbone = build_backbone("test_resnet.r160_in1k", "none")
    torch.save(backbone.model.state_dict(), tmp_path / "weights.pth")
    assert build_backbone("test_resnet", str(tmp_path / "weights.pth")).digest == backbone.digest
    digest = backbone.digest
    backbone.name = "test_resnet2"
    assert backbone.digest != digest


def test_normalisation_is_the_one_of_the_weights():
    assert on_meta("tf_efficientnet_lite0").mean == on_meta("vit_tiny_patch16_224").std == (0.5, 0.5, 0.5)
    assert on_meta("resnet50.a1_in1k").mean == (0.485, 0.456, 0.406)


def test_an_unknown_name_gets_the_nearest():
    with pytest.raises(ConfigError, match="did you mean resnet50"):
        build_backbone("resnet5O")


def test_an_unknown_tag_gets_those_there_are():
    with pytest.raises(ConfigError, match=r"its weights are resnet50\.a1_in1k"):
        build_backbone("resnet50.a9_in1k", "none")


@pytest.mark.parametrize("name", ["hf-hub:timm/resnet50", "timm/resnet50", "local-dir:/somewhere"])
def test_a_name_that_says_where_to_load_from_is_refused(name):
    with pytest.raises(ConfigError, match=r"model\.weights"):
        build_backbone(name, "none")


def test_drop_path_is_refused_where_it_does_not_exist():
    with pytest.raises(ConfigError, match="stochastic depth"):
        on_meta("vgg11", drop_path=0.1)
    with pytest.raises(ConfigError, match="stochastic depth"):
        on_meta("baseline_cnn", drop_path=0.1)


def test_an_architecture_of_one_size_is_built_for_the_size_asked_for():
    pictures = torch.empty(1, 3, 96, 96, device="meta")
    assert on_meta("vit_tiny_patch16_224", image_size=96).eval()(pictures).shape == (1, 192)
    assert on_meta("test_resnet", image_size=96).eval()(pictures).shape == (1, 96)


def test_position_embeddings_of_a_file_are_resized_to_the_size_asked_for(tmp_path):
    backbone = build_backbone("vit_tiny_patch16_224", "none")
    torch.save(backbone.model.state_dict(), tmp_path / "vit.pth")
    smaller = build_backbone("vit_tiny_patch16_224", str(tmp_path / "vit.pth"), image_size=96)
    assert smaller.model.pos_embed.shape == (1, 37, 192)
    assert torch.equal(smaller.model.blocks[0].mlp.fc1.weight, backbone.model.blocks[0].mlp.fc1.weight)


@pytest.mark.parametrize("side", [8, 28, 64])
def test_the_baseline_takes_small_pictures_and_is_small(side):
    backbone = build_backbone("baseline_cnn", "none").eval()
    assert backbone(torch.zeros(2, 3, side, side)).shape == (2, 256)
    assert sum(parameter.numel() for parameter in backbone.parameters()) < 1_000_000


def test_the_baseline_has_no_pretrained_weights():
    with pytest.raises(WeightsError, match=r"use model\.weights=none"):
        build_backbone("baseline_cnn", "pretrained")
