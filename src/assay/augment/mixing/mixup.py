"""MixUp: weighted averages of two images and of their labels."""

from __future__ import annotations

from typing import Annotated

import torch
from torch import Tensor

from assay.augment.mixing.mixing import Mixing, draw_beta, draw_partners, soft_targets
from assay.config.bounds import Above


class MixUp(Mixing):
    """Each image becomes `w * itself + (1 - w) * another`, its target likewise; one w ~ Beta(alpha, alpha) per batch.

    Works on pictures [B, 3, H, W] and on embeddings [B, D].

    Source: Zhang et al. (2018), "mixup: Beyond empirical risk minimization", equation 1. On embeddings it is manifold
    mixup with the last layer alone, Verma et al. (2019).
    """

    any_input = True

    def __init__(self, *, alpha: Annotated[float, Above(0)] = 0.2) -> None:
        """Take the one setting.

        Args:
            alpha: of the Beta distribution; small values mix little, 1 is uniform.
        """
        self.alpha = alpha

    def __call__(
        self, inputs: Tensor, labels: Tensor, classes: int, generator: torch.Generator
    ) -> tuple[Tensor, Tensor]:
        """Mix one batch, see `Mixing`."""
        weight = draw_beta(self.alpha, generator)
        partners = draw_partners(len(inputs), generator, inputs.device)
        return blend(inputs, partners, weight), soft_targets(labels, partners, weight, classes)


def blend(inputs: Tensor, partners: Tensor, weight: float) -> Tensor:
    """Float [B, ...], `weight * inputs + (1 - weight) * inputs[partners]`, in the memory format of the inputs."""
    return (inputs * weight).add_(inputs[partners], alpha=1 - weight)
