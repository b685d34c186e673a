"""VectorScaling: a factor and an offset for the logarithm of each class's probability."""

from __future__ import annotations

from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from assay.postprocess.calibration.structured import StructuredScaling


class VectorScaling(StructuredScaling):
    """Vector scaling with a ridge penalty of `C / n` on what differs from the temperature alone.

    The penalty keeps factors and offsets finite when a class has no images or every image is right; it vanishes as n
    grows. Guo et al. have none and scale logits; fitted here are log-probabilities, so that a constant added to the
    logits of an image changes nothing.

    Source: Guo et al. (2017), On Calibration of Modern Neural Networks, section 4.2; Berta et al. (2026), Structured
    Matrix Scaling for Multi-Class Calibration, for the penalty (probmetrics' `svs`).
    """

    method: ClassVar[str] = "vector"
    auto_rank: ClassVar[int | None] = 3
    diagonal: ClassVar[bool] = True

    def _identity(self) -> NDArray[np.float64]:
        return np.ones(self.classes_)

    def _scaled(self, logs: NDArray[np.float64]) -> NDArray[np.float64]:
        return logs * self.scaling_
