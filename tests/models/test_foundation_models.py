"""Backbones of larger pretrainings by name: their statistics, sizes, weights from a file, blocks and graphs."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnxruntime
import pytest
import torch
from omegaconf import OmegaConf
from safetensors.torch import save_file

from assay.deploy.graph.onnx_format import backbone_onnx
from assay.errors import ConfigError, WeightsError
from assay.models.backbone import Backbone, build_backbone
from assay.models.head import LinearHead
from assay.models.network import Network
from assay.models.parameter_groups import parameter_groups
from assay.run.rehearsal import _check_patches

CONF = Path(__file__).parents[2] / "conf/model"
IMAGENET = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)
# Radford et al. (2021), clip/clip.py; Siméoni et al. (2025) and Woo et al. (2023): ImageNet's; Tschannen et al. (2025):
# pixels in [-1, 1].
STATISTICS = {
    "dinov3_small": IMAGENET,
    "siglip2_base": ((0.5, 0.5, 0.5), (0.5, 0.5, 0.5)),
    "clip_base": ((0.48145466, 0.4578275, 0.40821073), (0.26862954, 0.26130258, 0.27577711)),
    "convnextv2_nano": IMAGENET,
}
PATCH = {"dinov3_small": 16, "siglip2_base": 32, "clip_base": 32}


def name_of(option: str) -> str:
    return str(OmegaConf.load(CONF / f"{option}.yaml").name)


def on_meta(option: str, size: int) -> Backbone:
    with torch.device("meta"):
        return build_backbone(name_of(option), "none", image_size=size)


@pytest.mark.parametrize("option", STATISTICS)
def test_pictures_are_scaled_as_in_the_pretraining(option: str) -> None:
    backbone = on_meta(option, 224)
    assert (backbone.mean, backbone.std) == STATISTICS[option]


@pytest.mark.parametrize(("option", "patch"), PATCH.items())
def test_pictures_that_are_not_whole_patches_are_refused_and_the_sizes_that_are_named_are_taken(
    option: str, patch: int
) -> None:
    sizes = (3 * patch, 4 * patch)
    with pytest.raises(ConfigError) as refused:
        _check_patches(on_meta(option, 3 * patch), 3 * patch + 4)
    assert f"patches of {patch} pixels, and 4 rows and columns would be left out" in str(refused.value)
    assert str(refused.value).endswith(f"type data.image_size={sizes[0]} or data.image_size={sizes[1]}")
    for size in sizes:
        backbone = on_meta(option, size).eval()
        _check_patches(backbone, size)
        assert backbone(torch.empty(2, 3, size, size, device="meta")).shape == (2, backbone.embedding_dim)
    with pytest.raises(ConfigError, match=f"type data.image_size={patch}$"):
        _check_patches(on_meta(option, patch), patch - 4)


@pytest.mark.parametrize("option", ["convnextv2_nano", "resnet50", "efficientnet_lite0"])
def test_convolutions_take_pictures_of_any_size(option: str) -> None:
    _check_patches(on_meta(option, 100), 101)


@pytest.mark.parametrize("option", PATCH)
def test_the_first_layers_learn_slowest(option: str) -> None:
    backbone = on_meta(option, 64)
    network = Network(backbone, LinearHead(backbone.embedding_dim, 2))
    rates = {id(value): group["lr"] for group in parameter_groups(network, 1.0, 0.05, 0.5) for value in group["params"]}
    of = {name: rates[id(value)] for name, value in backbone.model.named_parameters()}
    assert len(rates) == len(list(network.parameters()))
    first, last = of["patch_embed.proj.weight"], of["blocks.11.attn.qkv.weight"]
    per_block = [of[f"blocks.{index}.attn.qkv.weight"] for index in range(12)]
    assert per_block == sorted(per_block)
    assert len(set(per_block)) == 12
    assert first == per_block[0] / 2 or first == per_block[0]
    assert last >= 0.25


@pytest.mark.parametrize(
    ("name", "size"),
    [("convnextv2_atto", 64), ("vit_xsmall_patch16_clip_224", 32), ("test_vit", 32), ("vit_small_patch16_dinov3", 32)],
)
def test_weights_from_a_file_embed_in_onnx_as_in_torch(name: str, size: int, tmp_path: Path) -> None:
    torch.manual_seed(0)
    made = build_backbone(name, "none")
    save_file({key: value.contiguous() for key, value in made.model.state_dict().items()}, tmp_path / "w.safetensors")
    own_size = build_backbone(name, str(tmp_path / "w.safetensors"))
    assert own_size.digest == made.digest
    backbone = build_backbone(name, str(tmp_path / "w.safetensors"), image_size=size)
    network = Network(backbone, LinearHead(backbone.embedding_dim, 2)).eval()
    pictures = torch.randint(0, 256, (3, 3, size, size), dtype=torch.uint8)
    with torch.no_grad():
        inputs = network.normalize(pictures)
        expected = network.backbone(inputs).numpy()
    session = onnxruntime.InferenceSession(backbone_onnx(network, size).SerializeToString())
    (embeddings,) = session.run(["embeddings"], {"normalised": inputs.numpy()})
    np.testing.assert_allclose(embeddings, expected, atol=2e-3 * np.abs(expected).max())


@pytest.mark.parametrize("option", STATISTICS)
def test_without_a_hub_the_error_names_the_weights_and_the_ways_out(option: str, use_endpoint) -> None:
    use_endpoint("http://127.0.0.1:9")
    with pytest.raises(WeightsError, match=rf"{name_of(option)}.*Ways out: .*model\.weights=PATH"):
        build_backbone(name_of(option))
