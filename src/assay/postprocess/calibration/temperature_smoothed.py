"""TemperatureSmoothed: a temperature that is finite even when every held-out image is right."""

from __future__ import annotations

from typing import ClassVar

from assay.postprocess.calibration.temperature import Temperature


class TemperatureSmoothed(Temperature):
    """The temperature under targets that leave room for the error that n images cannot have shown.

    Each target is `(1 - e) one-hot + e / C` with `e = 1 / (n + 1)`, Laplace's rule: one image more than there are,
    of every class equally. So the best temperature is finite and positive also when all images are right, and the
    difference to the plain one vanishes as n grows. A class that an infinite logit rules out has no share.

    probmetrics' `ts-mix` gives the same e to the answers instead: its temperature runs to zero when all images are
    right, and every answer then has the same confidence. Smoothed targets keep the ranking.

    Source: Platt (1999), Probabilistic Outputs for Support Vector Machines, section 2.2, for smoothed targets; Berta
    et al. (2025), Rethinking Early Stopping: Refine, Then Calibrate, for their size.
    """

    method: ClassVar[str] = "temperature_smoothed"
    auto_rank: ClassVar[int | None] = 2

    def _smoothing(self, n: int) -> float:
        return 1 / (n + 1)
