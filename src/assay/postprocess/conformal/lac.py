"""LAC: all classes whose probability is high enough; the smallest sets on average."""

from __future__ import annotations

from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from assay.postprocess.conformal.conformal import Conformal
from assay.predictions import FloatArray


class LAC(Conformal):
    """The score of a class is one minus its probability. Sets can be empty, where no class is likely enough.

    Source: Sadinle, Lei and Wasserman (2019), Least Ambiguous Set-Valued Classifiers with Bounded Error Levels.
    """

    method: ClassVar[str] = "lac"
    order: ClassVar[int] = 0

    def scores(self, probabilities: FloatArray) -> NDArray[np.float64]:
        """One minus the probability, [N, C]."""
        return 1 - np.asarray(probabilities, dtype=np.float64)
