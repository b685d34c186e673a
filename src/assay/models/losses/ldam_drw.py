"""LdamDrw: margins that are wider for rare classes, and class weights that come late."""

from __future__ import annotations

import math
from typing import Annotated, ClassVar

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from assay.config.bounds import AtLeast, Between
from assay.models.losses.class_weights import Labels, class_counts, class_weights, weighted_mean


class LdamDrw(nn.Module):
    """Label-distribution-aware margins with deferred reweighting, on the logits of a cosine head.

    The logit of the true class c is lowered by scale · Δ_c, Δ_c ∝ n_c^(-1/4) and at most `max_margin`, before the
    cross-entropy: an image of a rare class has to be right by more. From `start_epoch` on, classes are weighted by
    their effective number too. A soft target is the mean, by its shares, of what each class would cost as the true one.

    Args:
        max_margin: Δ of the smallest class, in units of a cosine.
        beta: β of the effective number.
        start_epoch: first epoch of each training stage with class weights; None leaves it to `start_share`.
        start_share: share of a stage's epochs that goes without class weights.
        labels: of the training images, int [N].
        classes: C; None takes the largest label plus one.
        head_scale: of the head's logits.

    Source: Cao et al. (2019), "Learning imbalanced datasets with label-distribution-aware margin loss", equations 9 to
    13 and algorithm 1, with the constants of their code.
    """

    corrects_frequencies: ClassVar[bool] = True
    needs_cosines: ClassVar[bool] = True

    margin: Tensor
    weight: Tensor

    def __init__(
        self,
        max_margin: Annotated[float, Between(0, 2)] = 0.5,
        beta: Annotated[float, Between(0, 0.9999999)] = 0.9999,
        start_epoch: Annotated[int | None, AtLeast(0)] = None,
        start_share: Annotated[float, Between(0, 1)] = 0.8,
        *,
        labels: Labels | None = None,
        classes: int | None = None,
        head_scale: float = 30.0,
    ) -> None:
        super().__init__()
        counts = class_counts(labels, classes, "margins")
        size = np.maximum(counts, 1)
        margin = head_scale * max_margin * (size / size[counts > 0].min()) ** -0.25
        self.register_buffer("margin", torch.as_tensor(margin, dtype=torch.float32), persistent=False)
        weight = class_weights("effective_number", labels, classes, beta=beta)
        self.register_buffer("weight", weight, persistent=False)
        self.start_epoch = start_epoch
        self.start_share = start_share
        self.weighted = False

    def starts(self, epochs: int) -> int:
        """The first epoch with class weights, of a stage of so many epochs."""
        return math.ceil(self.start_share * epochs) if self.start_epoch is None else self.start_epoch

    def set_epoch(self, epoch: int, epochs: int) -> None:
        """Take the weights of an epoch, of a stage of so many epochs."""
        self.weighted = epoch >= self.starts(epochs)

    def forward(self, logits: Tensor, targets: Tensor) -> Tensor:
        """The loss, a scalar, of logits [B, C] and targets, int64 [B] or float [B, C]."""
        weight = self.weight if self.weighted else None
        if targets.ndim == 1:
            own = functional.one_hot(targets, logits.shape[1])
            return functional.cross_entropy(logits - own * self.margin, targets, weight=weight)
        # What each class would cost as the true one, without a matrix of C x C: exp(-logit) of the true class is
        # scaled by exp(-margin) in the sum over classes. In double precision, where 1 - p does not vanish.
        log_p = functional.log_softmax(logits.double(), dim=1)
        margin = self.margin.double()
        losses = margin - log_p + torch.log1p(log_p.exp() * torch.expm1(-margin))
        return weighted_mean(losses.to(logits.dtype), targets, weight)
