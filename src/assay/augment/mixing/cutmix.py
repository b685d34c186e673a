"""CutMix: a box of one image pasted into another, labels weighted by area."""

from __future__ import annotations

import math
from typing import Annotated

import torch
from torch import Tensor

from assay.augment.mixing.mixing import Mixing, draw_beta, draw_partners, soft_targets
from assay.config.bounds import Above
from assay.errors import ConfigError

Box = tuple[int, int, int, int]


class CutMix(Mixing):
    """Each image gets a box of another; the target's weight is the share of pixels that each image really has.

    One box per batch: its area is 1 - w of the picture with w ~ Beta(alpha, alpha), its centre is uniform, and what
    lies outside the picture is cut off.

    Source: Yun et al. (2019), "CutMix: Regularization strategy to train strong classifiers with localizable features",
    equations 1 and 2; the weight is taken from the clipped box, as in the authors' code.
    """

    def __init__(self, *, alpha: Annotated[float, Above(0)] = 1.0) -> None:
        """Take the one setting.

        Args:
            alpha: of the Beta distribution; 1 makes all areas equally likely.
        """
        self.alpha = alpha

    def __call__(
        self, inputs: Tensor, labels: Tensor, classes: int, generator: torch.Generator
    ) -> tuple[Tensor, Tensor]:
        """Mix one batch of pictures [B, channels, H, W], see `Mixing`.

        Raises:
            ConfigError: the inputs are not pictures.
        """
        require_pictures(inputs)
        height, width = inputs.shape[-2:]
        box = draw_box(height, width, draw_beta(self.alpha, generator), generator)
        partners = draw_partners(len(inputs), generator, inputs.device)
        return paste(inputs, partners, box), soft_targets(labels, partners, kept_share(inputs, box), classes)


def require_pictures(inputs: Tensor) -> None:
    """Refuse what has no height and width.

    Raises:
        ConfigError: the inputs are not [B, channels, H, W].
    """
    if inputs.ndim != 4:
        raise ConfigError(
            f"CutMix cuts boxes from pictures [B, channels, H, W], got inputs of shape {list(inputs.shape)}; on cached "
            "embeddings use aug=mixup, or train on pictures with finetune=two_stage, last_layers or full"
        )


def draw_box(height: int, width: int, weight: float, generator: torch.Generator) -> Box:
    """Top, bottom, left, right of a clipped box over 1 - weight of a picture; bottom and right are exclusive."""
    side = math.sqrt(1 - weight)
    rows, columns = int(height * side), int(width * side)
    down, across = torch.rand(2, generator=generator, device=generator.device).tolist()
    top, left = int(down * height) - rows // 2, int(across * width) - columns // 2
    return max(0, top), min(height, top + rows), max(0, left), min(width, left + columns)


def kept_share(inputs: Tensor, box: Box) -> float:
    """The share of a picture that lies outside the box."""
    top, bottom, left, right = box
    return 1 - (bottom - top) * (right - left) / (inputs.shape[-2] * inputs.shape[-1])


def paste(inputs: Tensor, partners: Tensor, box: Box) -> Tensor:
    """Float [B, channels, H, W], the inputs with the box taken from their partners, in their memory format."""
    top, bottom, left, right = box
    mixed = inputs.clone()
    mixed[..., top:bottom, left:right] = inputs[partners, :, top:bottom, left:right]
    return mixed
