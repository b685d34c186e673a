"""A network whose weights have forgotten what they learned, from the head downwards."""

from __future__ import annotations

import copy
from collections.abc import Iterable
from typing import cast

import torch
from torch import Tensor, nn
from torch.nn.modules.batchnorm import _BatchNorm

from assay.models.network import Network

STAGES = {"head": 0.0, "upper half": 0.5, "all": 1.0}
"""Share of the backbone's blocks, counted from its end, whose weights are shuffled beside those of the head."""


def randomised(network: Network, share: float, sample: Tensor, *, seed: int) -> Network:
    """A copy of the network with the weights of its head and of its last blocks shuffled.

    Each parameter keeps its values in another order, so that every layer keeps the distribution of its weights. Batch
    norms of shuffled blocks and the standardisation in the head take their statistics anew, as activations would
    vanish or explode under those of the trained weights.

    Args:
        network: is not changed.
        share: of the blocks, from 0 (the head alone) to 1 (everything).
        sample: uint8 [B, 3, S, S], pictures to take the statistics from.
        seed: of the order.

    Source: cascading randomisation of Adebayo et al. (2018), section 3.1.
    """
    shuffled = copy.deepcopy(network).eval()
    generator = torch.Generator().manual_seed(seed)
    blocks = shuffled.backbone.blocks
    last = blocks[len(blocks) - round(share * len(blocks)) :]
    with torch.no_grad():
        for part in (shuffled.head, *last):
            _shuffle(part.parameters(), generator)
        if last:
            _renormalise(shuffled, last, sample.to(network.mean.device))
    return shuffled


def _shuffle(parameters: Iterable[nn.Parameter], generator: torch.Generator) -> None:
    for parameter in parameters:
        order = torch.randperm(parameter.numel(), generator=generator).to(parameter.device)
        parameter.copy_(parameter.flatten()[order].view_as(parameter))


def _renormalise(network: Network, parts: Iterable[nn.Module], sample: Tensor) -> None:
    norms = [module for part in parts for module in part.modules() if isinstance(module, _BatchNorm)]
    for norm in norms:
        norm.reset_running_stats()
        norm.momentum = cast(float, None)  # the mean over all batches
        norm.training = True
    network.backbone(network.normalize(sample))
    for norm in norms:
        norm.training = False
    network.head.fit_(network.embed(sample))
