"""Shares: how many of some images have a property, with Wilson's interval."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from assay.evaluation.intervals import wilson_interval
from assay.evaluation.measure import Units
from assay.measurement import Measurement


def share(
    hits: NDArray[np.bool_], among: NDArray[np.bool_] | None, units: Units, *, confidence: float = 0.95
) -> Measurement:
    """The share of `among` that is also in `hits`; images of one group count as one trial, which is never too narrow.

    Args:
        hits: [N], which images have the property.
        among: [N], which images are asked about; None for all.
        units: what counts as independent.
        confidence: level of the interval.
    """
    asked = np.ones(len(hits), dtype=bool) if among is None else among
    trials = int(asked.sum()) if units.of_image is None else len(np.unique(units.of_image[asked]))
    return share_of_counts(int((hits & asked).sum()), int(asked.sum()), trials, units, confidence=confidence)


def share_of_counts(hits: int, n: int, trials: int, units: Units, *, confidence: float) -> Measurement:
    """`share` from counts: hits among n images, which are as much evidence as `trials` independent ones."""
    if n == 0:
        return Measurement(None, None, None, 0, "undefined")
    interval = wilson_interval(hits / n * trials, trials, confidence=confidence)
    assert interval is not None
    return Measurement(hits / n, *interval, n, f"Wilson over {units.word}")
