"""Observed: the columns that a profile and a window have in common, which is all that a test of drift reads."""

from __future__ import annotations

from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from assay.predictions import FloatArray, IntArray


class Observed(Protocol):
    """N answers column by column; `assay.monitoring.profile.Profile` and `assay.monitoring.window.Window` are such."""

    @property
    def statistics_names(self) -> tuple[str, ...]:
        """S names."""

    @property
    def class_names(self) -> tuple[str, ...]:
        """C names."""

    @property
    def statistics(self) -> FloatArray:
        """Of each picture's pixels, [N, S]; NaN where there is none."""

    @property
    def confidence(self) -> FloatArray:
        """Calibrated probability of the answer, [N]."""

    @property
    def predicted(self) -> IntArray:
        """Class that was answered, [N]."""

    @property
    def probabilities(self) -> FloatArray:
        """Calibrated, [N, C]."""

    @property
    def rejected(self) -> NDArray[np.bool_]:
        """Whether the confidence was too low, [N]."""

    @property
    def domain(self) -> NDArray[np.int8]:
        """Index into `assay.postprocess.ood.two_stage.DOMAINS`, [N]."""

    @property
    def components(self) -> FloatArray | None:
        """Of the embeddings, [N, K], NaN in rows without; None where no row has any."""

    @property
    def block(self) -> IntArray:
        """Which source each picture comes from, [N]: those of one source are not independent of each other."""
