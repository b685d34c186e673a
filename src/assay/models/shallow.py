"""Shallow features: a network cut off after its first stages, the maps of one or more summed up by mean and spread."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn

from assay.errors import ConfigError

Stages = int | tuple[int, ...]
"""After how many stages maps are summed up: one number, or several that rise."""


def checked(stages: int | list[int] | tuple[int, ...] | None) -> Stages | None:
    """The stages as they are kept: whole numbers from 1 on, each once, rising; one of them as a number.

    Raises:
        ConfigError: they are something else.
    """
    if stages is None:
        return None
    several = [stages] if isinstance(stages, int) else list(stages)
    whole = all(isinstance(stage, int) and not isinstance(stage, bool) and stage >= 1 for stage in several)
    if not whole or not several or sorted(set(several)) != several:
        raise ConfigError(f"model.stages={stages}: a number from 1 on, or several that rise as [2, 3, 4], is needed")
    return several[0] if len(several) == 1 else tuple(several)


def cut(model: nn.Module, stages: Stages, name: str) -> int:
    """Take away everything behind the last of some stages of a timm model, in place.

    Args:
        model: of timm; what a stage is says its `feature_info`, for most convolutional networks a halving of the map.
        stages: after which maps are summed up; what lies behind the last is not kept.
        name: of the model, for messages.

    Returns:
        Channels after these stages, all together.

    Raises:
        ConfigError: the model has not so many, or does not say what its stages are.
    """
    several = (stages,) if isinstance(stages, int) else stages
    known: Any = getattr(model, "feature_info", None)
    forward = getattr(model, "forward_intermediates", None)
    if not known or forward is None:
        raise ConfigError(f"model.stages={stages}: {name} does not say what its stages are; leave model.stages out")
    if not 1 <= several[0] <= several[-1] <= len(known):
        raise ConfigError(f"model.stages={stages}: {name} has {len(known)} stages")
    prune: Any = model.prune_intermediate_layers
    prune([several[-1] - 1], prune_norm=True, prune_head=True)
    return sum(int(known[stage - 1]["num_chs"]) for stage in several)


def pooled(model: nn.Module, inputs: Tensor, stages: Stages) -> Tensor:
    """Mean and standard deviation over the map of each channel after each of these stages, float [B, 2 * channels]."""
    forward: Any = model.forward_intermediates
    several = (stages,) if isinstance(stages, int) else stages
    indices = [stage - 1 for stage in several]
    maps = forward(inputs, indices=indices, intermediates_only=True, output_fmt="NCHW")
    return torch.cat([part for features in maps for part in _summed_up(features)], 1)


def _summed_up(features: Tensor) -> tuple[Tensor, Tensor]:
    mean = features.mean((2, 3))
    variance = (features - mean[:, :, None, None]).square().mean((2, 3))
    return mean, (variance + 1e-8).sqrt()
