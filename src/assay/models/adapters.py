"""Low-rank adapters in a backbone: put in for a stage of training, and merged into its weights after it."""

from __future__ import annotations

import torch
from torch import nn

from assay.errors import ConfigError
from assay.models.backbone import Backbone
from assay.models.epochs import derived_seed
from assay.models.finetune.stage import LowRank
from assay.models.freezing import freeze
from assay.models.network import Network

LEARNED = ("lora_A", "lora_B")


def adaptable_layers(backbone: Backbone) -> list[str]:
    """Names of the linear layers in the blocks of a transformer, by their names in the model.

    Raises:
        ConfigError: it has no blocks with attention.
    """
    named = [
        name
        for name, module in backbone.model.named_modules()
        if type(module) is nn.Linear and ("blocks." in f"{name}." or "layers." in f"{name}.")
    ]
    if not any("attn" in name.split(".") for name in named):
        raise ConfigError(
            f"finetune=adapter: {backbone.name} has no blocks of attention, whose linear layers are adapted; take a "
            "vision transformer (vit, deit, dinov3, siglip, clip by their timm names), or finetune=two_stage"
        )
    return named


def insert_adapters(backbone: Backbone, low_rank: LowRank, seed: int) -> str:
    """Put adapters beside the linear layers; what the backbone computes stays the same until they are trained.

    Args:
        backbone: changed in place.
        low_rank: rank, scale and dropout.
        seed: of the run; their first values are a function of it.

    Returns:
        How many parameters are trained of how many, as a sentence.
    """
    from peft import LoraConfig, inject_adapter_in_model

    layers = adaptable_layers(backbone)
    settings = LoraConfig(
        r=low_rank.rank, lora_alpha=low_rank.alpha, lora_dropout=low_rank.dropout, target_modules=layers, bias="none"
    )
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(derived_seed(seed, "adapters"))
        inject_adapter_in_model(settings, backbone.model)
    backbone.cut_anew()
    total = sum(value.numel() for value in backbone.parameters())
    learned = sum(value.numel() for name, value in backbone.named_parameters() if _is_learned(name))
    return (
        f"Adapters of rank {low_rank.rank} beside {len(layers)} linear layers: {learned:,} parameters are trained, and "
        f"{total - learned:,} of the backbone stay as they are; the change was merged into its weights afterwards."
    )


def merge_adapters(backbone: Backbone) -> None:
    """Add what the adapters have learned to the weights, and take them out: the plain architecture is left.

    Args:
        backbone: changed in place.
    """
    from peft.tuners.lora import LoraLayer

    adapted = [(name, module) for name, module in backbone.model.named_modules() if isinstance(module, LoraLayer)]
    for name, layer in adapted:
        layer.merge(safe_merge=True)
        parent, _, last = name.rpartition(".")
        setattr(backbone.model.get_submodule(parent), last, layer.get_base_layer())
    backbone.model.requires_grad_(True)
    backbone.cut_anew()


def train_adapters_only(network: Network) -> None:
    """Train adapters and head, and nothing else."""
    freeze(network.backbone)
    for name, value in network.backbone.named_parameters():
        value.requires_grad_(_is_learned(name))
    network.train()


def _is_learned(name: str) -> bool:
    return any(part in LEARNED for part in name.split("."))
