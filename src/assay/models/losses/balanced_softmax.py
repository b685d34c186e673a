"""BalancedSoftmax: cross-entropy under a softmax that counts each class as often as it is trained on."""

from __future__ import annotations

from assay.models.losses.class_weights import Labels
from assay.models.losses.logit_adjusted import LogitAdjusted


class BalancedSoftmax(LogitAdjusted):
    """Cross-entropy of n_c · exp(logit_c) / Σ n_k · exp(logit_k), n the training images of each class.

    The same as `LogitAdjusted` with τ = 1, found on another way and known by this name. At prediction n is left out.

    Args:
        labels: of the training images, int [N].
        classes: C; None takes the largest label plus one.

    Source: Ren et al. (2020), "Balanced meta-softmax for long-tailed visual recognition", equation 3.
    """

    def __init__(self, *, labels: Labels | None = None, classes: int | None = None) -> None:
        super().__init__(1.0, labels=labels, classes=classes)
