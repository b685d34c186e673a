"""CrossEntropy: with label smoothing and class weights, for labels and for soft targets alike."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Literal

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

from assay.config.bounds import Between


class CrossEntropy(nn.Module):
    """Mean cross-entropy of a batch, weighted by class.

    Targets are labels, or soft targets as MixUp and CutMix make them. A soft target counts each class by its share: its
    loss is the sum over classes of share, class weight and negative log-probability, and the mean is taken over the
    shares times weights, so that one-hot targets give exactly what labels give.

    Args:
        class_weights: "balanced" weighs a class by N / (C · n), n its number of training images (as scikit-learn does);
            a class without any weighs nothing.
        label_smoothing: share of each target that is spread evenly over all classes.
        labels: of the training images, int [N]; needed for "balanced".
        classes: C; None takes the largest label plus one.
    """

    weight: Tensor | None

    def __init__(
        self,
        class_weights: Literal["none", "balanced"] = "none",
        label_smoothing: Annotated[float, Between(0, 1)] = 0.0,
        *,
        labels: Sequence[int] | NDArray[np.integer] | None = None,
        classes: int | None = None,
    ) -> None:
        super().__init__()
        if class_weights not in ("none", "balanced"):
            raise ValueError(f'class_weights must be "none" or "balanced", got {class_weights!r}')
        self.label_smoothing = label_smoothing
        weight = None
        if class_weights == "balanced":
            if labels is None or not len(labels):
                raise ValueError("balanced class weights need the labels of the training images")
            weight = balanced_weights(np.asarray(labels), classes)
        self.register_buffer("weight", weight, persistent=False)

    def forward(self, logits: Tensor, targets: Tensor) -> Tensor:
        """The loss, a scalar, of logits [B, C] and targets, int64 [B] or float [B, C]."""
        if targets.ndim == 1:
            return functional.cross_entropy(logits, targets, weight=self.weight, label_smoothing=self.label_smoothing)
        smooth = (1 - self.label_smoothing) * targets + self.label_smoothing / targets.shape[1]
        surprise = -functional.log_softmax(logits, dim=1)
        if self.weight is None:
            return (smooth * surprise).sum() / len(targets)
        return (smooth * surprise * self.weight).sum() / (targets * self.weight).sum()


def balanced_weights(labels: NDArray[np.integer], classes: int | None = None) -> Tensor:
    """Weights [C], float32, under which every class has the same share of the sum over the images."""
    counts = np.bincount(labels, minlength=classes or 0)
    weights = np.divide(len(labels), len(counts) * counts, out=np.zeros(len(counts)), where=counts > 0)
    return torch.as_tensor(weights, dtype=torch.float32)
