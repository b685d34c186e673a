"""Diversity within a set of images: how far apart two of them are."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from assay.evaluation.bootstrap import resample_weights
from assay.evaluation.intervals import percentile_interval
from assay.evaluation.measure import Units
from assay.evaluation.vendi import unit_length
from assay.measurement import Measurement
from assay.synthetic.fidelity.kernel import FEWEST_UNITS, KernelSide, of_images


def mean_distance(
    features: NDArray[np.floating], units: Units, *, resamples: int, confidence: float, seed: int
) -> Measurement:
    """Mean of 1 - cosine over pairs of different units, with a percentile bootstrap interval.

    Args:
        features: [n, D].
        units: what is resampled.
        resamples: bootstrap resamples.
        confidence: level of the interval.
        seed: of the bootstrap.
    """
    n = len(features)
    if units.count < 2:
        return Measurement(None, None, None, n, "undefined")
    unit = unit_length(features)
    distances = 1 - unit @ unit.T
    same = np.arange(n) if units.of_image is None else units.of_image
    distances[same[:, None] == same[None]] = 0
    side = KernelSide(distances, units)
    value = float(side.mean(np.ones((n, 1), dtype=np.float32))[0])
    if not resamples or units.count < FEWEST_UNITS:
        why = "not resampled" if not resamples else f"{units.count} {units.word}"
        return Measurement(value, None, None, n, f"no interval: {why}")
    drawn = side.mean(of_images(resample_weights(units.count, range(resamples), seed), units))
    interval = percentile_interval(drawn, confidence=confidence)
    if interval is None:
        return Measurement(value, None, None, n, "no interval: undefined in most resamples")
    low, high = min(interval[0], value), max(interval[1], value)
    return Measurement(value, low, high, n, f"percentile bootstrap over {units.word}, {resamples} resamples")
