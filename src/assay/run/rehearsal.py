"""One picture through a network before anything is trained or recorded: what cannot work is refused with what would."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from omegaconf import DictConfig
from torch import nn
from torch.nn.modules.batchnorm import _BatchNorm

from assay.config.targets import build
from assay.errors import ConfigError
from assay.models.adapters import adaptable_layers
from assay.models.finetune.stage import Stage
from assay.models.freezing import last_blocks
from assay.models.progressive import sizes_of
from assay.postprocess.ood.left_out_classes import classes_to_leave_out
from assay.run.fitted import calibration_chains
from assay.run.ood import chooses_by_classes

if TYPE_CHECKING:
    from assay.data.manifest import Manifest
    from assay.models.backbone import Backbone
    from assay.models.network import Network

SMALL = 128
"""Pixels below which a deep network may run out of picture; where it is not trained, only these are tried."""


def rehearse(config: DictConfig, network: Network, manifest: Manifest) -> None:
    """Refuse what could only fail later: no GPU, no deliveries, too few classes, too small pictures, batches of one.

    Args:
        config: composed and checked.
        network: as it will be trained; it is left as it is.
        manifest: with its splits.

    Raises:
        ConfigError: a GPU is asked for where there is none, or more devices than there are; a chain of deliveries is
            none; a picture of this size does not go through, or not whole; batch normalisation in training would see a
            single value per channel; or there is nothing in the network that adapters can be put beside.
        DataError: the calibration cannot be fitted on these calib images; deliveries or generators are to be measured,
            and no test image names its generator; or there are too few classes to choose an OOD detector by.
    """
    _check_accelerator(config.trainer)
    calibration_chains(config)
    if chooses_by_classes(config):
        classes_to_leave_out(manifest.only("train").labels, manifest.only("val").labels)
    held_out = np.bincount(manifest.only("calib").labels, minlength=len(manifest.class_names))
    build(config.calibration).require(manifest.class_names, held_out)
    if config.evaluation.get("generators"):
        from assay.run.generators import ensure_generators

        ensure_generators(manifest)
    if config.evaluation.get("delivery"):
        from assay.run.delivery import chains_of

        chains_of(build(config.evaluation).delivery, manifest)
    _check_patches(network.backbone, config.data.image_size)
    stages = [stage for stage in build(config.finetune).stages() if stage.inputs == "images"]
    if any(stage.adapter is not None for stage in stages):
        adaptable_layers(network.backbone)
    single = config.trainer.batch_size == 1 or len(manifest.only("train")) == 1
    if config.data.image_size >= SMALL and not stages:
        return
    _of_one_value(network, config.data.image_size)
    smallest = _smallest_size(config, network, stages)
    one_value = _of_one_value(network, smallest)
    if not single:
        return
    for stage in stages:
        if names := _normalising(network, stage) & one_value:
            raise ConfigError(
                f"trainer.batch_size={config.trainer.batch_size}: {network.backbone.name} has a feature map of one "
                f"pixel at {smallest} pixels (data.image_size), and batch normalisation ({min(names)}) needs two "
                "values or more to take a variance; type trainer.batch_size=2 or more, or a larger data.image_size"
            )


def _check_accelerator(settings: DictConfig) -> None:
    if settings.accelerator == "gpu" and not (torch.cuda.is_available() or torch.backends.mps.is_available()):
        raise ConfigError(
            "trainer.accelerator=gpu: PyTorch sees no GPU here; type trainer.accelerator=auto to take what there is"
        )
    gpus = torch.cuda.device_count() if settings.accelerator != "cpu" else 0
    most, what = (gpus, "GPUs") if gpus else (max(2, os.cpu_count() or 1), "cores")
    if settings.devices != "auto" and settings.devices > most:
        raise ConfigError(
            f"trainer.devices={settings.devices}: there are {most} {what} here; type trainer.devices=auto to take what "
            "there is"
        )


def _check_patches(backbone: Backbone, size: int) -> None:
    """Refuse pictures that a vision transformer cannot cut into whole patches: the rest would be left out unsaid.

    The size of a patch is read from the weights, so that a stored backbone is not built for it.
    """
    weights = dict(backbone.weights.named_parameters())
    cut = weights.get("patch_embed.proj.weight")
    if cut is None or cut.ndim != 4 or "blocks.0.attn.qkv.weight" not in weights:
        return
    patch = int(cut.shape[-1])
    if left := size % patch:
        sizes = [near for near in (size - left, size - left + patch) if near]
        raise ConfigError(
            f"data.image_size={size}: {backbone.name} cuts pictures into patches of {patch} pixels, and {left} rows "
            f"and columns would be left out; type {' or '.join(f'data.image_size={near}' for near in sizes)}"
        )


def _smallest_size(config: DictConfig, network: Network, stages: Sequence[Stage]) -> int:
    """The smallest side of training pictures; where they grow, a network that takes one size alone is refused."""
    settings, full = build(config.trainer), config.data.image_size
    sizes = sorted({side for stage in stages for side in sizes_of(stage, settings, full)})
    for side in sizes:
        try:
            _check_patches(network.backbone, side)
            _of_one_value(network, side)
        except ConfigError as error:
            raise ConfigError(
                f"trainer.progressive={settings.progressive}: {network.backbone.name} takes pictures of "
                f"data.image_size={full} and none of {side} pixels, from which they would grow; type "
                "trainer.progressive=null, or take a convolutional network"
            ) from error
    return sizes[0] if sizes else full


def _of_one_value(network: Network, size: int) -> set[str]:
    """Names of the batch-norm layers that see one value per channel of one picture."""
    seen: set[str] = set()
    hooks = [
        part.register_forward_hook(
            lambda _, inputs, __, name=name: seen.add(name) if inputs[0].numel() == inputs[0].shape[1] else None
        )
        for name, part in network.backbone.named_modules()
        if isinstance(part, _BatchNorm)
    ]
    modes = {part: part.training for part in network.modules()}
    network.eval()
    try:
        with torch.inference_mode():
            network.backbone(torch.zeros(1, 3, size, size))
    except (RuntimeError, ValueError, AssertionError, ArithmeticError) as error:
        raise ConfigError(
            f"data.image_size={size}: {network.backbone.name} does not take pictures of this size ({error}); type "
            f"data.image_size={_own_size(network)}, for which it was made, or take another model"
        ) from error
    finally:
        for hook in hooks:
            hook.remove()
        for part, training in modes.items():
            part.training = training
    return seen


def _own_size(network: Network) -> int:
    config: dict[str, Any] = getattr(network.backbone.model, "pretrained_cfg", None) or {}
    return int(config.get("input_size", (3, 224, 224))[-1])


def _normalising(network: Network, stage: Stage) -> set[str]:
    """Names of the batch-norm layers that follow the batches of a stage."""
    if stage.batch_norm == "frozen":
        return set()
    parts: list[nn.Module] = (
        [network.backbone] if stage.blocks is None else list(last_blocks(network.backbone, stage.blocks))
    )
    trained = {module for part in parts for module in part.modules()}
    return {name for name, part in network.backbone.named_modules() if part in trained and isinstance(part, _BatchNorm)}
