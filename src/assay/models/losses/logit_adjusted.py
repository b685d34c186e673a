"""LogitAdjusted: cross-entropy that expects frequent classes, so that the logits do not have to."""

from __future__ import annotations

from typing import Annotated, ClassVar

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from assay.config.bounds import AtLeast
from assay.models.losses.class_weights import Labels, class_counts, weighted_mean


class LogitAdjusted(nn.Module):
    """Cross-entropy of logits + τ · log π, π the frequencies of classes among the training images.

    What the logits learn is how much more an image speaks for a class than its frequency already does: without the
    addition, at prediction, they favour no class. Their probabilities are those of a balanced world. τ = 0 is
    cross-entropy, τ = 1 is consistent for the balanced error. A class without training images is taken to have one: its
    logarithm would be minus infinity, and nothing would hold back its logit.

    Args:
        tau: τ.
        labels: of the training images, int [N].
        classes: C; None takes the largest label plus one.

    Source: Menon et al. (2021), "Long-tail learning via logit adjustment", equation 10.
    """

    corrects_frequencies: ClassVar[bool] = True
    correction_strength: ClassVar[str] = "tau"

    prior: Tensor

    def __init__(
        self, tau: Annotated[float, AtLeast(0)] = 1.0, *, labels: Labels | None = None, classes: int | None = None
    ) -> None:
        super().__init__()
        counts = np.maximum(class_counts(labels, classes, "adjusted logits"), 1)
        prior = torch.as_tensor(tau * np.log(counts / counts.sum()), dtype=torch.float32)
        self.register_buffer("prior", prior, persistent=False)

    def forward(self, logits: Tensor, targets: Tensor) -> Tensor:
        """The loss, a scalar, of logits [B, C] and targets, int64 [B] or float [B, C]."""
        return weighted_mean(-functional.log_softmax(logits + self.prior, dim=1), targets, None)
