"""The feature map that class activation maps explain: found for each family of backbones, or named."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Literal

import torch
from torch import Tensor, nn

from assay.errors import ConfigError, did_you_mean
from assay.explain.undisturbed import undisturbed
from assay.models.network import Network

Layout = Literal["channels first", "channels last", "tokens"]
WITHOUT_LAYER = "explain=saliency and explain=integrated_gradients need none"


@dataclass(frozen=True)
class FeatureLayer:
    """A module of the backbone whose output is a map.

    Attributes:
        name: of the module, below `network.backbone.model`.
        layout: [B, C, h, w], [B, h, w, C], or [B, prefix + h·w, C].
        height, width: h and w.
        prefix: tokens in front that stand for no place (class token, registers).
    """

    name: str
    layout: Layout
    height: int
    width: int
    prefix: int = 0

    def to_map(self, output: Tensor) -> Tensor:
        """The output as [B, C, h, w]."""
        if self.layout == "channels first":
            return output
        if self.layout == "channels last":
            return output.permute(0, 3, 1, 2)
        return output[:, self.prefix :].transpose(1, 2).unflatten(2, (self.height, self.width))

    def from_map(self, features: Tensor, output: Tensor) -> Tensor:
        """A map [B, C, h, w] in the place that it has in the module's output."""
        if self.layout == "channels first":
            return features
        if self.layout == "channels last":
            return features.permute(0, 2, 3, 1)
        return torch.cat([output[:, : self.prefix], features.flatten(2).transpose(1, 2)], dim=1)


@contextmanager
def tapped(network: Network, layer: FeatureLayer) -> Iterator[nn.Module]:
    """Inside, the layer's map passes through the module that is given, as [B, C, h, w], whatever its layout.

    The map is a leaf that wants gradients: nothing is computed backwards below it, and what follows may change it in
    place.
    """
    tap = nn.Identity()

    def through(module: nn.Module, arguments: Any, output: Tensor) -> Tensor:
        features = layer.to_map(output).detach().clone().requires_grad_()
        return layer.from_map(tap(features), output).clone()

    handle = network.backbone.model.get_submodule(layer.name).register_forward_hook(through)
    try:
        yield tap
    finally:
        handle.remove()


def feature_layer(network: Network, size: int, name: str | None = None) -> FeatureLayer:
    """The last feature map with more than one cell, or the one that a module of this name gives.

    In vision transformers that is the input of the last attention: behind it a class token that is read out leaves
    the other tokens without any gradient.

    Args:
        network: looked at with one grey picture.
        size: S, side of the pictures, on which the size of the map depends.
        name: of a module below `network.backbone.model`; None looks for it.

    Raises:
        ConfigError: there is no such module, or its output is no map.
    """
    model = network.backbone.model
    known = [entry for entry, _ in model.named_modules() if entry]
    if name is not None and name not in known:
        raise ConfigError(f"explain.layer={name}: {network.backbone.name} has no such module; {_near(name, known)}")
    maps = _maps_of(network, size)
    if name is not None:
        if name not in maps:
            raise ConfigError(
                f"explain.layer={name}: its output is no map of the picture, or is computed more than once; "
                f"maps come from {_some(list(maps))}"
            )
        return maps[name][0]
    if not maps:
        raise ConfigError(
            f"{network.backbone.name} has no feature map of more than one cell for pictures of {size} pixels; "
            f"{WITHOUT_LAYER}"
        )
    last = list(maps)[-1]
    if maps[last][0].layout == "tokens":
        inputs = [entry for entry in maps if entry.endswith(".norm1") and maps[entry][0].layout == "tokens"]
        return maps[inputs[-1] if inputs else last][0]
    same = [entry for entry in maps if maps[entry][1] == maps[last][1]]
    return maps[min(same, key=len)][0]


def _maps_of(network: Network, size: int) -> dict[str, tuple[FeatureLayer, int]]:
    """Modules that give a map, in the order in which they are done, each with a number that tells its tensor."""
    model = network.backbone.model
    names = {module: name for name, module in model.named_modules() if name}
    calls: Counter[str] = Counter()
    layers: dict[str, tuple[FeatureLayer, int]] = {}
    alive: list[Tensor] = []

    def look(module: nn.Module, arguments: Any, output: Any) -> None:
        name = names[module]
        calls[name] += 1
        layer = _layer(name, output, model) if isinstance(output, Tensor) else None
        if layer is not None:
            alive.append(output)  # so that no two tensors share an address
            layers[name] = layer, output.data_ptr()

    handles = [module.register_forward_hook(look) for module in names]
    try:
        with undisturbed(network), torch.no_grad():
            grey = torch.full((1, 3, size, size), 127, dtype=torch.uint8, device=network.mean.device)
            network.backbone(network.normalize(grey))
    finally:
        for handle in handles:
            handle.remove()
    return {name: entry for name, entry in layers.items() if calls[name] == 1}


def _layer(name: str, output: Tensor, model: nn.Module) -> FeatureLayer | None:
    """What kind of map an output is; pictures are square, so maps are, and that tells places from channels."""
    shape = output.shape
    if output.ndim == 4:
        first, last = shape[2] == shape[3] > 1, shape[1] == shape[2] > 1
        if first and last:
            first = getattr(model, "output_fmt", "NCHW") != "NHWC"
        if first:
            return FeatureLayer(name, "channels first", shape[2], shape[3])
        if last:
            return FeatureLayer(name, "channels last", shape[1], shape[2])
    if output.ndim == 3:
        prefix = int(getattr(model, "num_prefix_tokens", 0))
        side = math.isqrt(max(0, shape[1] - prefix))
        if side > 1 and side * side + prefix == shape[1]:
            return FeatureLayer(name, "tokens", side, side, prefix)
    return None


def _near(name: str, known: list[str]) -> str:
    """The nearest of hundreds of names; only those at the top and near it are listed."""
    listed = [entry for entry in known if entry.count(".") <= name.count(".")]
    return did_you_mean(name, listed)


def _some(names: list[str]) -> str:
    shown = names[-12:]
    return ", ".join(shown) if len(shown) == len(names) else f"…, {', '.join(shown)}"
