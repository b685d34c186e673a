"""Class weights: how much an image of each class counts in a loss, from the labels of the training images."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional

from assay.data.sampler.effective_number import effective_number

Weighting = Literal["none", "balanced", "effective_number"]
Labels = Sequence[int] | NDArray[np.integer]


def class_counts(labels: Labels | None, classes: int | None, what: str) -> NDArray[np.int64]:
    """[C] int64, training images of each class.

    Args:
        labels: of the training images, int [N].
        classes: C; None takes the largest label plus one.
        what: needs them, for the message.

    Raises:
        ValueError: there are no labels.
    """
    if labels is None or not len(labels):
        raise ValueError(f"{what} need the labels of the training images")
    return np.bincount(np.asarray(labels), minlength=classes or 0)


def class_weights(kind: Weighting, labels: Labels | None, classes: int | None, *, beta: float) -> Tensor | None:
    """Weights float32 [C] under which the images weigh N together; None for "none".

    Args:
        kind: "balanced" weighs a class of n images by 1 / n (as scikit-learn does), "effective_number" by 1 / E(n), see
            `effective_number`; a class without images weighs nothing.
        labels: of the training images, int [N].
        classes: C; None takes the largest label plus one.
        beta: β of the effective number.

    Raises:
        ValueError: weights are asked for without labels.

    Source: Cui et al. (2019) for the effective number.
    """
    if kind not in ("none", "balanced", "effective_number"):
        raise ValueError(f'class_weights must be "none", "balanced" or "effective_number", got {kind!r}')
    if kind == "none":
        return None
    counts = class_counts(labels, classes, f"{kind} class weights")
    size = np.maximum(counts, 1)
    weights = np.where(counts > 0, 1 / (size if kind == "balanced" else effective_number(size, beta)), 0.0)
    return torch.as_tensor(weights * counts.sum() / (weights * counts).sum(), dtype=torch.float32)


def weighted_mean(losses: Tensor, targets: Tensor, weight: Tensor | None) -> Tensor:
    """Mean of a batch's losses, a scalar, over targets times class weights.

    Args:
        losses: [B, C], the loss of each class if it were the true one.
        targets: int64 [B] or float [B, C].
        weight: [C] or None.
    """
    shares = targets
    if targets.ndim == 1:
        shares = functional.one_hot(targets, losses.shape[1]).to(losses.dtype)
    if weight is not None:
        shares = shares * weight
    # Classes that are ruled out may have an infinite loss; without a share they must not count.
    return torch.where(shares > 0, shares * losses, 0.0).sum() / shares.sum()
