"""EffectiveNumber: images weighted by one over the effective number of images in their class."""

from __future__ import annotations

from typing import Annotated

import numpy as np
from numpy.typing import ArrayLike

from assay.config.bounds import AtLeast, Between
from assay.data.sampler.class_sampler import ClassSampler
from assay.predictions import FloatArray, IntArray


class EffectiveNumber(ClassSampler):
    """An image of a class of n images is drawn in proportion to 1 / E(n), E(n) = (1 - βⁿ) / (1 - β).

    E(n) counts how much n images that overlap show: near n for small n, at most 1 / (1 - β). So β = 0 draws the data as
    they are, β → 1 every class equally often, and in between classes larger than 1 / (1 - β) are not held back further.

    Args:
        labels: [N] int, class indices.
        beta: β.
        start_epoch: see `ClassSampler`.
        seed: with the epoch, decides the order.

    Source: Cui et al. (2019), "Class-balanced loss based on effective number of samples", proposition 1.
    """

    def __init__(
        self,
        labels: ArrayLike,
        beta: Annotated[float, Between(0, 0.9999999)] = 0.999,
        start_epoch: Annotated[int, AtLeast(0)] = 0,
        *,
        seed: int = 0,
    ) -> None:
        super().__init__(labels, start_epoch=start_epoch, seed=seed)
        self.beta = beta

    def class_shares(self, counts: IntArray) -> FloatArray:
        """[C] float, n / E(n)."""
        return counts / effective_number(np.maximum(counts, 1), self.beta)


def effective_number(counts: IntArray, beta: float) -> FloatArray:
    """[C] float, E(n) = (1 - βⁿ) / (1 - β) of each count; β in [0, 1)."""
    if beta == 0:
        return np.minimum(counts, 1).astype(np.float64)
    return -np.expm1(counts * np.log(beta)) / (1 - beta)
