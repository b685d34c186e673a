"""StoredBackbone: a backbone's weights under their names, without the library that computes with them until it must."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from assay.files import write_cache
from assay.models.backbone import Backbone, build_backbone

ABOUT = "backbone"


class WeightTree(nn.Module):
    """Parameters and buffers in the tree of modules that they have in their model, with nothing that computes."""


class StoredBackbone(Backbone):
    """A backbone that is read from a file; its model is built when somebody computes with it or looks into it.

    Until then it has all parameters and buffers under their names, in their order, so that it is saved, counted,
    frozen and identified like any other.

    Args:
        weights: of the model.
        image_size: as `build_backbone` was given it.
        drop_path: likewise.
        about: arguments of `Backbone`.
    """

    def __init__(self, weights: WeightTree, *, image_size: int | None, drop_path: float, **about: Any) -> None:
        super().__init__(weights, **about)
        self._made_with: dict[str, Any] = {"image_size": image_size, "drop_path": drop_path}

    @property
    def model(self) -> nn.Module:  # type: ignore[override]  # built on the first look at it
        """What computes."""
        held = self.weights
        if isinstance(held, WeightTree):
            self._modules["model"] = held = self._built(held)
        return held

    def _built(self, held: WeightTree) -> nn.Module:
        with torch.random.fork_rng(devices=[]):  # what the architecture draws is overwritten
            built = build_backbone(self.name, "none", **self._made_with, **self.options)
        model = built.model
        model.load_state_dict(held.state_dict(), strict=True, assign=True)
        modules = dict(model.named_modules())
        for name, value in held.named_buffers():
            owner, _, last = name.rpartition(".")
            modules[owner]._buffers[last] = value
        trained = dict(held.named_parameters())
        for name, parameter in model.named_parameters():
            parameter.requires_grad_(trained[name].requires_grad)
        return model.train(held.training)


def save_backbone(backbone: Backbone, path: Path, *, image_size: int | None, drop_path: float) -> None:
    """Keep a backbone in a file for `load_backbone`; one that would not come back as it is is not kept.

    Args:
        backbone: as `build_backbone` gave it.
        path: of a .safetensors file.
        image_size: as it was built with.
        drop_path: likewise.
    """
    from safetensors.torch import save

    model = backbone.weights
    persistent = set(model.state_dict())
    kinds: dict[str, str] = {}
    tensors: dict[str, Tensor] = {}
    for prefix, module in model.named_modules():  # in this order, so that the tree has the order of the model
        for kind, own in (("parameter", module.named_parameters), ("buffer", module.named_buffers)):
            for name, value in own(prefix, recurse=False):
                kinds[name] = "passing" if kind == "buffer" and name not in persistent else kind
                tensors[name] = value.detach().contiguous()
    about = {
        "name": backbone.name,
        "embedding_dim": backbone.embedding_dim,
        "mean": list(backbone.mean),
        "std": list(backbone.std),
        "input": backbone.input,
        "stages": backbone.stages,
        "image_size": image_size,
        "drop_path": drop_path,
    }
    kept = _read(about, tensors, kinds)
    if kept.digest != backbone.digest or list(kept.weights.state_dict()) != list(model.state_dict()):
        return  # parameters that share memory, or something as unusual
    content = json.dumps({"about": about, "kinds": list(kinds.items()), "digest": backbone.digest})
    # Bytes through Python and not `save_file`: that one forces mode 0600, and a team shares the cache.
    stored = save(tensors, metadata={ABOUT: content})
    write_cache(path, lambda file: file.write_bytes(stored), "the backbone is built anew each time")


def load_backbone(path: Path) -> StoredBackbone | None:
    """What `save_backbone` kept; None where there is nothing, or nothing that can be read."""
    from safetensors import SafetensorError, safe_open

    try:
        with safe_open(path, framework="pt") as opened:
            content = json.loads(opened.metadata()[ABOUT])
            kinds = dict(content["kinds"])
            backbone = _read(content["about"], {name: opened.get_tensor(name) for name in kinds}, kinds)
            return backbone if backbone.digest == content["digest"] else None
    except (OSError, SafetensorError, ValueError, KeyError, TypeError):
        return None


def _read(about: Mapping[str, Any], tensors: Mapping[str, Tensor], kinds: Mapping[str, str]) -> StoredBackbone:
    weights = WeightTree()
    for name, kind in kinds.items():
        _put(weights, name, tensors[name], kind)
    return StoredBackbone(weights, **about)


def _put(tree: nn.Module, name: str, value: Tensor, kind: str) -> None:
    first, _, rest = name.partition(".")
    if rest:
        if first not in tree._modules:
            tree.add_module(first, WeightTree())
        _put(tree.get_submodule(first), rest, value, kind)
    elif kind == "parameter":
        tree.register_parameter(name, nn.Parameter(value))
    else:
        tree.register_buffer(name, value, persistent=kind == "buffer")
