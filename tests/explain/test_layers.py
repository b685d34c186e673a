from __future__ import annotations

import pytest
import torch

from assay.config.compose import compose, groups
from assay.errors import ConfigError
from assay.explain.gradcam import GradCam
from assay.explain.layers import feature_layer
from assay.models.backbone import build_backbone
from assay.models.head import LinearHead
from assay.models.network import Network

LAST = {
    "baseline_cnn": ("blocks", 7),
    "efficientnet_b0": ("bn2", 7),
    "efficientnet_b3": ("bn2", 7),
    "efficientnet_lite0": ("bn2", 7),
    "efficientnet_lite1": ("bn2", 7),
    "efficientnet_lite2": ("bn2", 7),
    "mobilenet_v2": ("bn2", 7),
    "mobilenet_v3": ("blocks", 7),
    "resnet50": ("layer4", 7),
    "resnet101": ("layer4", 7),
    "dinov3_small": ("blocks.11.norm1", 14),
    "siglip2_base": ("blocks.11.norm1", 7),
    "clip_base": ("blocks.11.norm1", 7),
    "convnextv2_nano": ("stages", 7),
}
TOKENS = ("dinov3_small", "siglip2_base", "clip_base")


def untrained(name: str, size: int = 224) -> Network:
    # Of unlucky random weights every class may have a map of nothing but zeros.
    torch.manual_seed(0)
    backbone = build_backbone(name, "none", image_size=size)
    return Network(backbone, LinearHead(backbone.embedding_dim, 3))


@pytest.mark.parametrize("option", [option for option in groups()["model"] if option not in ("timm", "ensemble")])
def test_the_last_feature_map_of_every_backbone_is_found(option: str) -> None:
    network = untrained(compose([f"model={option}"]).model.name)
    layer = feature_layer(network, 224)
    assert (layer.name, layer.height, layer.width) == (LAST[option][0], LAST[option][1], LAST[option][1])
    assert layer.layout == ("tokens" if option in TOKENS else "channels first")


@pytest.mark.parametrize(
    ("name", "size", "layer", "layout", "side"),
    [
        ("vit_tiny_patch16_224", 64, "blocks.11.norm1", "tokens", 4),
        ("convnext_atto", 64, "stages", "channels first", 2),
        ("swin_tiny_patch4_window7_224", 224, "norm", "channels last", 7),
        ("mixer_s32_224", 224, "blocks.7.norm1", "tokens", 7),
        ("regnetx_002", 64, "s4", "channels first", 2),
    ],
)
def test_other_families_of_timm_have_their_map_found_and_explained(
    name: str, size: int, layer: str, layout: str, side: int
) -> None:
    network = untrained(name, size)
    found = feature_layer(network, size)
    assert (found.name, found.layout, found.height, found.width) == (layer, layout, side, side)
    pictures = torch.randint(0, 256, (2, 3, size, size), dtype=torch.uint8)
    maps = GradCam()(network, pictures, torch.tensor([0, 1]), layer=found)
    assert maps.shape == (2, side, side)
    assert maps.max() > 0


def test_tokens_become_a_map_and_go_back_to_their_places() -> None:
    network = untrained("vit_tiny_patch16_224", 64)
    layer = feature_layer(network, 64)
    output = torch.randn(2, 17, 192)
    features = layer.to_map(output)
    assert torch.equal(features[1, :, 2, 3], output[1, 1 + 2 * 4 + 3])
    assert torch.equal(layer.from_map(features, output), output)


def test_a_vision_transformer_is_explained_through_the_tokens_that_stand_for_places() -> None:
    network = untrained("vit_tiny_patch16_224", 64).eval()
    picture = torch.randint(0, 256, (1, 3, 64, 64), dtype=torch.uint8)
    kept: list[torch.Tensor] = []

    def keep(module: torch.nn.Module, arguments: object, output: torch.Tensor) -> None:
        output.retain_grad()
        kept.append(output)

    handle = network.backbone.model.get_submodule("blocks.11.norm1").register_forward_hook(keep)
    network(picture)[0, 2].backward()
    handle.remove()
    assert kept[0].grad is not None
    tokens, gradients = kept[0][0, 1:].detach(), kept[0].grad[0, 1:]
    expected = (tokens * gradients.mean(0)).sum(1).relu().reshape(4, 4)
    torch.testing.assert_close(GradCam()(network, picture, torch.tensor([2]))[0], expected, rtol=1e-3, atol=1e-8)


def test_a_layer_can_be_named() -> None:
    network = untrained("baseline_cnn")
    assert feature_layer(network, 64, "blocks.1").height == 8
    pictures = torch.randint(0, 256, (2, 3, 64, 64), dtype=torch.uint8)
    assert GradCam(layer="blocks.1")(network, pictures, torch.tensor([0, 1])).shape == (2, 8, 8)


@pytest.mark.parametrize(
    ("layer", "said"),
    [
        ("blocks.11", "baseline_cnn has no such module; did you mean blocks.1?"),
        ("pool", "its output is no map of the picture"),
    ],
)
def test_a_layer_that_cannot_be_explained_is_refused(layer: str, said: str) -> None:
    with pytest.raises(ConfigError, match=said):
        feature_layer(untrained("baseline_cnn"), 64, layer)


def test_pictures_that_shrink_to_one_cell_have_the_last_map_of_several() -> None:
    assert feature_layer(untrained("baseline_cnn"), 32).height == 2
    with pytest.raises(ConfigError, match="explain=saliency"):
        feature_layer(untrained("vit_tiny_patch16_224", 16), 16)
