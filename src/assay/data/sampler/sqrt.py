"""Sqrt: half-way between the data as they are and every class equally often."""

from __future__ import annotations

from typing import Annotated

import numpy as np
from numpy.typing import ArrayLike

from assay.config.bounds import AtLeast
from assay.data.sampler.class_sampler import ClassSampler
from assay.predictions import FloatArray, IntArray


class Sqrt(ClassSampler):
    """A class of n images gets a share of an epoch in proportion to √n.

    Args:
        labels: [N] int, class indices.
        start_epoch: see `ClassSampler`.
        seed: with the epoch, decides the order.

    Source: Mahajan et al. (2018), section 2.2; Kang et al. (2020), equation 1 with q = 1/2.
    """

    def __init__(self, labels: ArrayLike, start_epoch: Annotated[int, AtLeast(0)] = 0, *, seed: int = 0) -> None:
        super().__init__(labels, start_epoch=start_epoch, seed=seed)

    def class_shares(self, counts: IntArray) -> FloatArray:
        """[C] float, the square root of each count."""
        return np.sqrt(counts)
