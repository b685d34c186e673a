"""MixUpCutMix: one of the two, at random for each batch."""

from __future__ import annotations

from typing import Annotated

import torch
from torch import Tensor

from assay.augment.mixing.cutmix import CutMix, require_pictures
from assay.augment.mixing.mixing import Mixing
from assay.augment.mixing.mixup import MixUp
from assay.config.bounds import Above, Between


class MixUpCutMix(Mixing):
    """MixUp or CutMix, drawn anew for each batch.

    Source: the combination in Touvron et al. (2021), "Training data-efficient image transformers".
    """

    def __init__(
        self,
        *,
        mixup_alpha: Annotated[float, Above(0)] = 0.2,
        cutmix_alpha: Annotated[float, Above(0)] = 1.0,
        cutmix_probability: Annotated[float, Between(0, 1)] = 0.5,
    ) -> None:
        """Take the settings of both.

        Args:
            mixup_alpha: alpha of `MixUp`.
            cutmix_alpha: alpha of `CutMix`.
            cutmix_probability: share of the batches that get CutMix.
        """
        self.mixup = MixUp(alpha=mixup_alpha)
        self.cutmix = CutMix(alpha=cutmix_alpha)
        self.cutmix_probability = cutmix_probability

    def __call__(
        self, inputs: Tensor, labels: Tensor, classes: int, generator: torch.Generator
    ) -> tuple[Tensor, Tensor]:
        """Mix one batch of pictures, see `Mixing`.

        Raises:
            ConfigError: the inputs are not pictures.
        """
        require_pictures(inputs)
        drawn = float(torch.rand((), generator=generator, device=generator.device))
        mixing = self.cutmix if drawn < self.cutmix_probability else self.mixup
        return mixing(inputs, labels, classes, generator)
