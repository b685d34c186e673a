"""Shallow features: a network cut off after its first stages, its last map summed up by mean and spread."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn

from assay.errors import ConfigError


def cut(model: nn.Module, stages: int, name: str) -> int:
    """Take away everything behind the first stages of a timm model, in place.

    Args:
        model: of timm; what a stage is says its `feature_info`, for most convolutional networks a halving of the map.
        stages: how many are kept.
        name: of the model, for messages.

    Returns:
        Channels after the last stage that is kept.

    Raises:
        ConfigError: the model has not so many, or does not say what its stages are.
    """
    known: Any = getattr(model, "feature_info", None)
    forward = getattr(model, "forward_intermediates", None)
    if not known or forward is None:
        raise ConfigError(f"model.stages={stages}: {name} does not say what its stages are; leave model.stages out")
    if not 1 <= stages <= len(known):
        raise ConfigError(f"model.stages={stages}: {name} has {len(known)} stages")
    prune: Any = model.prune_intermediate_layers
    prune([stages - 1], prune_norm=True, prune_head=True)
    return int(known[stages - 1]["num_chs"])


def pooled(model: nn.Module, inputs: Tensor, stages: int) -> Tensor:
    """Mean and standard deviation over the map of each channel after a stage, float [B, 2 * channels]."""
    forward: Any = model.forward_intermediates
    (features,) = forward(inputs, indices=[stages - 1], intermediates_only=True, output_fmt="NCHW")
    mean = features.mean((2, 3))
    variance = (features - mean[:, :, None, None]).square().mean((2, 3))
    return torch.cat([mean, (variance + 1e-8).sqrt()], 1)
