"""VarianceAware: classes drawn by their frequency and by how varied their images are."""

from __future__ import annotations

from typing import Annotated

import numpy as np
from numpy.typing import ArrayLike

from assay.config.bounds import AtLeast, Between
from assay.data.sampler.class_sampler import ClassSampler
from assay.data.sampler.semantic_volume import class_volumes
from assay.errors import DataError
from assay.predictions import FloatArray, IntArray


class VarianceAware(ClassSampler):
    """An image of class c is drawn in proportion to p_c = n_c^(-γ) · (V_c / V̄)^δ, between 1/k and k times per epoch.

    n_c is the number of images, V_c = ½ · log2 det(I + (d / m) · ZᵀZ) the semantic volume of the class, in which Z are
    its centred embeddings and the covariance is shrunk, and V̄ the mean over the classes. Of two classes of one size,
    the more varied one has more to show and is drawn more: repeating an image that looks like all others teaches
    nothing.

    So that V_c says how varied a class is and not how large, all classes are measured on the same number m of images at
    a time, on one scale and with one shrinkage (see `class_volumes`); a class of fewer than 5 images counts as
    averagely varied. The embeddings come from the backbone before it is trained on these images, so each is out of
    fold.

    The repeat factor is s · p_c, cut to [1/k, k], with the s for which an epoch has as many draws as there are images.

    Args:
        labels: [N] int, class indices.
        gamma: γ; 0 ignores frequency, 0.5 is `sqrt`, 1 is `weighted` where all classes are equally varied.
        delta: δ; 0 ignores variety.
        max_repeat: k.
        shrinkage: λ of the covariance, in [0, 1].
        start_epoch: see `ClassSampler`.
        seed: with the epoch, decides the order.
        embeddings: [N, D] of the images, from the backbone that training starts with.

    Raises:
        DataError: the embeddings are not one finite row per label.

    Source: arXiv 2212.14613 for the volume; the way in which it enters the sampler is ours.
    """

    def __init__(
        self,
        labels: ArrayLike,
        gamma: Annotated[float, Between(0, 1)] = 0.5,
        delta: Annotated[float, AtLeast(0)] = 1.0,
        max_repeat: Annotated[float, AtLeast(1)] = 10.0,
        shrinkage: Annotated[float, Between(0, 1)] = 0.1,
        start_epoch: Annotated[int, AtLeast(0)] = 0,
        *,
        embeddings: FloatArray,
        seed: int = 0,
    ) -> None:
        super().__init__(labels, start_epoch=start_epoch, seed=seed)
        if embeddings.ndim != 2 or len(embeddings) != len(self.labels) or not np.isfinite(embeddings).all():
            raise DataError(
                f"sampler=variance_aware needs one finite embedding for each of {len(self.labels)} images; "
                f"got an array of shape {embeddings.shape}"
            )
        self.gamma = gamma
        self.delta = delta
        self.max_repeat = max_repeat
        self.volumes = class_volumes(embeddings, self.labels, shrinkage=shrinkage)

    def class_shares(self, counts: IntArray) -> FloatArray:
        """[C] float, images times repeat factor."""
        weights = np.maximum(counts, 1) ** -self.gamma * self._variety() ** self.delta
        return counts * _clipped_repeats(weights, counts, self.max_repeat)

    def _variety(self) -> FloatArray:
        """[C] float, V_c / V̄; 1 where a class cannot be measured, or none is varied at all."""
        measured = np.isfinite(self.volumes)
        mean = self.volumes[measured].mean() if measured.any() else 0.0
        return np.where(measured, self.volumes / mean, 1.0) if mean > 0 else np.ones(len(self.volumes))


def _clipped_repeats(weights: FloatArray, counts: IntArray, most: float) -> FloatArray:
    """[C] float, s · weights cut to [1 / most, most], with the s for which an epoch is as long as the data."""

    def repeats(logarithm: float) -> FloatArray:
        return np.clip(np.exp(logarithm) * weights, 1 / most, most)

    # Sums grow with s: from all classes at the lower bound, which is too few draws, to all at the upper one.
    positive = weights[weights > 0]
    low, high = -np.log(positive.max() * most) - 1, np.log(most / positive.min()) + 1
    for _ in range(100):
        middle = (low + high) / 2
        low, high = (middle, high) if counts @ repeats(middle) < counts.sum() else (low, middle)
    return repeats(high)
