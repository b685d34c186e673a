"""CrossEntropy: with label smoothing and class weights, for labels and for soft targets alike."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

from torch import Tensor, nn
from torch.nn import functional

from assay.config.bounds import AtLeast, Below, Between
from assay.models.losses import class_weights as weighting
from assay.models.losses.class_weights import Labels


class CrossEntropy(nn.Module):
    """Mean cross-entropy of a batch, weighted by class.

    Targets are labels, or soft targets as MixUp and CutMix make them. A soft target counts each class by its share: its
    loss is the sum over classes of share, class weight and negative log-probability, and the mean is taken over the
    shares times weights, so that one-hot targets give exactly what labels give.

    Args:
        class_weights: "balanced" weighs a class by N / (C · n), n its number of training images (as scikit-learn does),
            "effective_number" in proportion to (1 - β) / (1 - βⁿ) (Cui et al. 2019); a class without any images weighs
            nothing.
        label_smoothing: share of each target that is spread evenly over all classes.
        beta: β of the effective number.
        labels: of the training images, int [N]; needed for class weights.
        classes: C; None takes the largest label plus one.
    """

    corrects_frequencies: ClassVar[bool] = False

    weight: Tensor | None

    def __init__(
        self,
        class_weights: Literal["none", "balanced", "effective_number"] = "none",
        label_smoothing: Annotated[float, AtLeast(0), Below(1)] = 0.0,
        beta: Annotated[float, Between(0, 0.9999999)] = 0.999,
        *,
        labels: Labels | None = None,
        classes: int | None = None,
    ) -> None:
        super().__init__()
        self.label_smoothing = label_smoothing
        weight = weighting.class_weights(class_weights, labels, classes, beta=beta)
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
