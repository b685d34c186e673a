"""Parameter groups: how fast each part of a network learns."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from torch import nn

from assay.errors import ConfigError

if TYPE_CHECKING:
    from assay.models.network import Network


def parameter_groups(
    network: Network, lr: float, weight_decay: float, layer_decay: float = 1.0
) -> list[dict[str, Any]]:
    """What is trained, as groups for an optimizer; frozen parameters are left out.

    The head learns at `lr`, the last block of the backbone at `lr * layer_decay`, the one before at
    `lr * layer_decay²`, and so on to the input (Clark et al. 2020, ELECTRA). Norms, biases and what the architecture
    names are not decayed.

    Args:
        network: backbone and head.
        lr: learning rate of the head.
        weight_decay: of everything that is decayed.
        layer_decay: 1 gives every block the same rate.

    Raises:
        ConfigError: everything is frozen.
    """
    frozen = not any(parameter.requires_grad for parameter in network.backbone.parameters())
    undecayed = set() if frozen else network.backbone.undecayed
    parts: list[nn.Module] = [network.head, *([] if frozen else reversed(network.backbone.blocks))]
    groups: dict[tuple[float, float], list[nn.Parameter]] = {}
    for distance, part in enumerate(parts):
        for parameter in part.parameters():
            if parameter.requires_grad:
                decay = 0.0 if parameter.ndim <= 1 or parameter in undecayed else weight_decay
                groups.setdefault((lr * layer_decay**distance, decay), []).append(parameter)
    if not groups:
        raise ConfigError("there is nothing to train: backbone and head are frozen")
    return [{"params": params, "lr": rate, "weight_decay": decay} for (rate, decay), params in groups.items()]
