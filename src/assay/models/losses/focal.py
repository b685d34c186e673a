"""Focal: cross-entropy in which what is already sure counts little."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

import torch
from torch import Tensor, nn
from torch.nn import functional

from assay.config.bounds import AtLeast, Between
from assay.models.losses import class_weights as weighting
from assay.models.losses.class_weights import Labels, weighted_mean


class Focal(nn.Module):
    """Mean of -(1 - p)^γ · log p, p the probability of the true class; weighted by class from outside.

    The class weight α multiplies the whole term. Inside the logarithm, as where p is taken back from a weighted
    cross-entropy, it would change p and with it what counts as sure. γ = 0 is cross-entropy. Soft targets count each
    class by its share.

    Args:
        gamma: γ.
        class_weights: as in `CrossEntropy`.
        beta: β of the effective number.
        labels: of the training images, int [N]; needed for class weights.
        classes: C; None takes the largest label plus one.

    Source: Lin et al. (2017), equation 5; the mean is over targets times weights.
    """

    corrects_frequencies: ClassVar[bool] = False

    weight: Tensor | None

    def __init__(
        self,
        gamma: Annotated[float, AtLeast(0)] = 2.0,
        class_weights: Literal["none", "balanced", "effective_number"] = "none",
        beta: Annotated[float, Between(0, 0.9999999)] = 0.999,
        *,
        labels: Labels | None = None,
        classes: int | None = None,
    ) -> None:
        super().__init__()
        self.gamma = gamma
        weight = weighting.class_weights(class_weights, labels, classes, beta=beta)
        self.register_buffer("weight", weight, persistent=False)

    def forward(self, logits: Tensor, targets: Tensor) -> Tensor:
        """The loss, a scalar, of logits [B, C] and targets, int64 [B] or float [B, C]."""
        log_probabilities = functional.log_softmax(logits, dim=1)
        # Not 0: the slope of a power below one is infinite there.
        unsure = (-torch.expm1(log_probabilities)).clamp(min=1e-12)
        return weighted_mean(-(unsure**self.gamma) * log_probabilities, targets, self.weight)
